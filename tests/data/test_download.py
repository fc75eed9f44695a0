import os
import socket
import struct
import time

import pytest

from softkmeans.data import download as module
from softkmeans.data.download import (
    InterruptedTransferError,
    UnreachableError,
    cache_path,
    cached,
    download,
)
from softkmeans.data.parsing import ContentError
from softkmeans.errors import DataError

LIMIT = 1000


def whole(file):
    return file.read()


def refuse(file):
    raise ContentError("is not right")


def fetch(url, cache, verify=whole):
    return download(url, LIMIT, cache, verify)


def test_verified_bytes_are_kept(web, tmp_path):
    web.answers["/a.txt"] = b"content"
    value, retrieved = fetch(f"{web.url}/a.txt", tmp_path)
    assert value == b"content"
    assert retrieved.endswith("+00:00")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"content"]
    assert cached(f"{web.url}/a.txt", LIMIT, tmp_path, whole, print) == (value, retrieved)
    assert web.asked == ["/a.txt"]


def test_mirrors_do_not_collide(tmp_path):
    one, other = (cache_path(tmp_path, f"http://{host}/a.txt") for host in "ab")
    assert one != other
    assert one.name.endswith("-a.txt")


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_final_status_is_asked_for_once(web, tmp_path, status):
    web.answers["/a"] = status
    with pytest.raises(UnreachableError, match=f"HTTP status {status}") as caught:
        fetch(f"{web.url}/a", tmp_path)
    assert not caught.value.host_down
    assert len(web.asked) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_transient_status_is_asked_for_three_times(web, tmp_path, status):
    web.answers["/a"] = status
    with pytest.raises(UnreachableError, match=f"HTTP status {status}"):
        fetch(f"{web.url}/a", tmp_path)
    assert len(web.asked) == 3
    assert not list(tmp_path.iterdir())


def test_waits_longer_between_attempts(web, tmp_path, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(module, "BACKOFF", (0.3, 0.9))
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    web.answers["/a"] = 503
    with pytest.raises(UnreachableError):
        fetch(f"{web.url}/a", tmp_path)
    assert pauses == [0.3, 0.9]


def test_recovers_after_a_transient_fault(web, tmp_path):
    def once_broken(handler):
        if len(web.asked) == 1:
            half_a_file(handler)
        else:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(b"whole")

    web.answers["/a"] = once_broken
    assert fetch(f"{web.url}/a", tmp_path)[0] == b"whole"


def test_dead_host(dead_url, tmp_path):
    with pytest.raises(UnreachableError, match="could not be connected to") as caught:
        fetch(f"{dead_url}/a", tmp_path)
    assert caught.value.host_down
    assert not list(tmp_path.iterdir())


def test_host_that_cannot_be_resolved(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "nowhere.invalid")
    with pytest.raises(UnreachableError, match="could not be connected to") as caught:
        fetch("http://nowhere.invalid/a", tmp_path)
    assert caught.value.host_down


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(handler.connection.detach())  # while the server would shut it down in order


def says(text):
    return lambda handler: handler.wfile.write(text)


def redirect(url):
    return says(f"HTTP/1.0 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("answer", "message", "times"),
    [
        (hang_up, "hung up without an answer", 3),
        (reset, "hung up without an answer", 3),
        (says(b"220 mail ready\r\n"), "gave no proper answer in HTTP", 1),
        (says(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000), "gave no proper answer in HTTP", 1),
        (says(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200), "gave no proper answer in HTTP", 1),
        (redirect("/a"), "redirects without end", 31),
        (redirect("ftp://127.0.0.1/a"), "redirects to where nothing can be downloaded from", 1),
        (redirect("file:///etc/hostname"), "redirects to where nothing can be downloaded from", 1),
        (redirect("http://["), "answered in a way that cannot be read", 1),
    ],
)
def test_host_that_misbehaves_was_reached(web, tmp_path, answer, message, times):
    web.answers["/a"] = answer
    with pytest.raises(ContentError, match=f"^{message}"):
        fetch(f"{web.url}/a", tmp_path)
    assert len(web.asked) == times
    assert not list(tmp_path.iterdir())


def test_redirect_to_a_dead_host(web, dead_url, tmp_path):
    web.answers["/a"] = redirect(f"{dead_url}/b")
    with pytest.raises(
        UnreachableError, match=f"redirects to {dead_url}/b, which could not be connected to"
    ) as caught:
        fetch(f"{web.url}/a", tmp_path)
    assert not caught.value.host_down, "it is another that is down"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("dead", [True, False])
def test_proxy_that_is_dead_or_refuses(web, dead_url, tmp_path, monkeypatch, scheme, dead):
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, dead_url if dead else web.url)
    with pytest.raises(UnreachableError, match=r"through the proxy|HTTP status 404"):
        fetch(f"{scheme}://example.test/a", tmp_path)


def half_a_file(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"x" * 50)


def test_source_that_stops_midway(web, tmp_path):
    web.answers["/a"] = half_a_file
    with pytest.raises(InterruptedTransferError, match="broke off after"):
        fetch(f"{web.url}/a", tmp_path)
    assert len(web.asked) == 3
    assert not list(tmp_path.iterdir())


def test_source_without_end_is_left(web, tmp_path):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"1 2\n" * 1000)
            sent.append(4000)

    web.answers["/a"] = endless
    with pytest.raises(ContentError, match="larger than 1000 bytes"):
        fetch(f"{web.url}/a", tmp_path)
    time.sleep(0.2)
    count = len(sent)
    time.sleep(0.1)
    assert len(sent) == count, "the server is still sending"
    assert len(web.asked) == 1
    assert not list(tmp_path.iterdir())


def trickle(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"1")
        handler.wfile.flush()
        time.sleep(0.02)


def silence(handler):
    time.sleep(1)


@pytest.mark.parametrize(("answer", "reached"), [(trickle, True), (silence, False)])
def test_total_deadline(web, tmp_path, monkeypatch, answer, reached):
    monkeypatch.setattr(module, "DEADLINE", 0.3)
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.2)
    # A trickle counts as an answer once a first chunk of it has arrived.
    monkeypatch.setattr(module, "CHUNK", 1)
    web.answers["/a"] = answer
    started = time.monotonic()
    with pytest.raises(ContentError if reached else UnreachableError, match=r"0\.3 s"):
        fetch(f"{web.url}/a", tmp_path)
    assert time.monotonic() - started < 0.9
    assert not list(tmp_path.iterdir())


def test_read_timeout(web, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "READ_TIMEOUT", 0.1)
    web.answers["/a"] = silence
    with pytest.raises(UnreachableError, match="did not answer"):
        fetch(f"{web.url}/a", tmp_path)
    assert not list(tmp_path.iterdir())


def test_refused_content_is_not_kept(web, tmp_path):
    web.answers["/a"] = b"wrong"
    with pytest.raises(ContentError, match="is not right"):
        fetch(f"{web.url}/a", tmp_path, refuse)
    assert not list(tmp_path.iterdir())


def test_malformed_header(web, tmp_path):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "many")
        handler.end_headers()

    web.answers["/a"] = answer
    with pytest.raises(DataError):
        fetch(f"{web.url}/a", tmp_path)
    assert not list(tmp_path.iterdir())


def test_file_urls(tmp_path):
    source = tmp_path / "a b.txt"
    source.write_bytes(b"content")
    cache = tmp_path / "cache"
    assert fetch(source.as_uri(), cache)[0] == b"content"
    with pytest.raises(UnreachableError, match="No such file"):
        fetch((tmp_path / "missing").as_uri(), cache)
    with pytest.raises(UnreachableError, match="cannot be read"):
        fetch(tmp_path.as_uri(), cache)
    source.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(ContentError, match="larger than"):
        fetch(source.as_uri(), tmp_path / "other")
    assert len(list(cache.iterdir())) == 1
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.parametrize("url", ["ftp://host/a", "a.txt", "http:///a"])
def test_not_an_address(url, tmp_path):
    with pytest.raises(DataError) as caught:
        fetch(url, tmp_path)
    assert not isinstance(caught.value, UnreachableError | ContentError)


def test_cached_copy_that_does_not_verify_is_removed(web, tmp_path):
    web.answers["/a"] = b"content"
    url = f"{web.url}/a"
    fetch(url, tmp_path)
    lines: list[str] = []
    assert cached(url, LIMIT, tmp_path, refuse, lines.append) is None
    assert url in lines[0]
    assert "is not right" in lines[0]
    assert not list(tmp_path.iterdir())
    assert cached(url, LIMIT, tmp_path, whole, lines.append) is None


def test_cached_copy_that_has_grown_is_removed(tmp_path):
    cache_path(tmp_path, "http://host/a").write_bytes(b"x" * (LIMIT + 1))
    lines: list[str] = []
    assert cached("http://host/a", LIMIT, tmp_path, whole, lines.append) is None
    assert len(lines) == 1
    assert not list(tmp_path.iterdir())


def test_cache_that_is_not_a_folder(web, tmp_path):
    web.answers["/a"] = b"content"
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DataError, match="SOFTKMEANS_CACHE"):
        fetch(f"{web.url}/a", tmp_path / "cache")
    with pytest.raises(DataError, match="SOFTKMEANS_CACHE"):
        cached(f"{web.url}/a", LIMIT, tmp_path / "cache", whole, print)


def test_kept_files_obey_the_umask(web, tmp_path):
    web.answers["/a"] = b"content"
    old = os.umask(0o022)
    try:
        fetch(f"{web.url}/a", tmp_path)
    finally:
        os.umask(old)
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 == 0o644
