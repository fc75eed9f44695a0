"""Bad downloads: each ends in one clear line and leaves nothing in the cache."""

import gzip
import io
import os
import re
import resource
import socket
import struct
import subprocess
import sys
import time
import zipfile

import pytest
from conftest import kept, sipu

from softkmeans.data import download
from softkmeans.data.obtain import obtain
from softkmeans.errors import DataError


def refused(*arguments, **options) -> str:
    """What `obtain` says that must fail: one line."""
    with pytest.raises(DataError) as caught:
        obtain(*arguments, **options)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    return str(caught.value)


def says(text):
    return lambda handler: handler.wfile.write(text)


def redirect(url):
    return says(f"HTTP/1.0 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())


def broken_off(handler):
    says(b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"1 2\n" * 1024)(handler)


def stalled(handler):
    broken_off(handler)
    handler.wfile.flush()
    time.sleep(1)


def endless(handler):
    says(b"HTTP/1.0 200 OK\r\n\r\n")(handler)
    while True:
        handler.wfile.write(b"1 2\n" * 10_000)


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(handler.connection.detach())  # while the server would shut it down in order


WRONG_POINTS = {
    "html": (lambda _: b"<!doctype html><title>Not here</title>", "is a web page"),
    "empty": (lambda _: b"", "is empty"),
    "truncated": (lambda text: text[: len(text) // 2], "× 2 numbers where 5000 × 2|number of columns"),
    "row less": (lambda text: text.rstrip().rsplit(b"\n", 1)[0], "has 4999 × 2 numbers where 5000 × 2"),
    "digit": (lambda text: text.replace(b"5", b"6", 1), "other values than the published ones"),
    "swapped": (lambda text: text[text.index(b"\n") + 1 :] + text[: text.index(b"\n")], "other values than"),
    "too large": (lambda text: text * 20, "has more than the .* bytes"),
    "text": (lambda text: b"x y\n" + text, "is not a table of integers"),
    "noise": (lambda _: bytes(range(256)) * 100, "is not a table of integers"),
}
WRONG_ANSWERS = {
    "broken off": (broken_off, "cannot be downloaded|broke off"),
    "stalled": (stalled, "broke off after 4096 bytes"),
    "endless": (endless, "has more than the .* bytes"),
    "redirect loop": (redirect("/sipu/s1.txt"), "cannot be downloaded"),
    "redirect to ftp": (redirect("ftp://127.0.0.1/a"), "cannot be downloaded"),
    "redirect to a file": (redirect("file:///etc/hostname"), "cannot be downloaded"),
    "redirect to nothing": (redirect("http://["), "cannot be downloaded"),
    "bad length": (says(b"HTTP/1.0 200 OK\r\nContent-Length: many\r\n\r\n1"), "cannot be downloaded"),
}
NO_ANSWERS = {
    "404": (404, "answered HTTP status 404"),
    "500": (500, "answered HTTP status 500"),
    "slow": (lambda _: time.sleep(1), "could not be reached"),
    "reset": (reset, "could not be reached"),
    "no HTTP": (says(b"220 mail ready\r\n"), "could not be reached"),
}


@pytest.mark.parametrize("wrong", WRONG_POINTS)
def test_wrong_points_are_an_error(wrong, web, dead_url, mirror_folder, cache):
    spoil, message = WRONG_POINTS[wrong]
    web.answers["/sipu/s1.txt"] = spoil((mirror_folder / "sipu" / "s1.txt").read_bytes())
    check_error(message, web, dead_url, cache)


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_wrong_answer_is_an_error(wrong, web, dead_url, cache, monkeypatch):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.2)
    web.answers["/sipu/s1.txt"], message = WRONG_ANSWERS[wrong]
    check_error(message, web, dead_url, cache)


def check_error(message, web, dead_url, cache):
    """Neither source takes the twin, and nothing is kept."""
    for source in ("download", "auto"):
        line = refused("s1", source=source, mirrors=(sipu(dead_url), sipu(web.url)), cache=cache)
        assert f"{dead_url}/sipu/s1.txt could not be reached" in line
        assert re.search(f"{web.url}/sipu/s1.txt .*({message})", line)
        assert kept(cache) == []


@pytest.mark.parametrize("wrong", NO_ANSWERS)
def test_no_answer_is_the_twin_if_that_is_allowed(wrong, web, cache, monkeypatch):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.2)
    web.answers["/sipu/s1.txt"], message = NO_ANSWERS[wrong]
    line = refused("s1", source="download", mirrors=[sipu(web.url)], cache=cache)
    assert f"{web.url}/sipu/s1.txt {message}" in line
    origin = obtain("s1", mirrors=[sipu(web.url)], cache=cache).origin
    assert origin.source == "twin"
    assert origin.rejected[0].startswith(f"{web.url}/sipu/s1.txt {message}")
    assert kept(cache) == []


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


WRONG_ARCHIVES = {
    "no zip": (lambda _: b"PK nothing", "is damaged"),
    "corrupted": (
        lambda whole: whole[:200] + bytes(300) + whole[500:],
        "is damaged|other values than|is not a table",
    ),
    "cut": (lambda whole: whole[: len(whole) // 2], "is damaged"),
    "html": (lambda _: b"<html></html>", "is damaged"),
    "no member": (lambda _: zipped("s9-label.pa", b"1\n"), "has no member s1-label.pa"),
    "climbing": (lambda _: zipped("../s1-label.pa", b"1\n"), "has no member s1-label.pa"),
    "too large": (lambda _: zipped("s1-label.pa", bytes(10**7)), "has more than the"),
    "few labels": (lambda _: zipped("s1-label.pa", b"1\n" * 4999), "has 4999 labels where 5000"),
    "other labels": (lambda _: zipped("s1-label.pa", b"1\n" * 5000), "other values than"),
}


@pytest.mark.parametrize("wrong", WRONG_ARCHIVES)
def test_wrong_archive_of_labels(wrong, http_mirrors, web, mirror_folder, cache):
    spoil, message = WRONG_ARCHIVES[wrong]
    web.answers["/sipu/s-originals.zip"] = spoil((mirror_folder / "sipu" / "s-originals.zip").read_bytes())
    line = refused("s1", mirrors=http_mirrors[:1], cache=cache)
    assert re.search(f"{web.url}/sipu/s-originals.zip .*({message})", line)
    assert [name.split("-")[1] for name in kept(cache)] == ["s1.txt"]
    both = obtain("s1", mirrors=http_mirrors, cache=cache)
    assert both.origin.labels_url.endswith("s1.labels0.gz")
    assert len(both.origin.rejected) == 1


WRONG_GZIPS = {
    "corrupted": (lambda whole: whole[:100] + bytes(50) + whole[150:], "is damaged|is not a table"),
    "cut": (lambda whole: whole[:-20], "is damaged"),
    "too large": (lambda _: gzip.compress(bytes(10**8)), "has more than the"),
    "html": (lambda _: b"<html>", "is a web page"),
}


@pytest.mark.parametrize("wrong", WRONG_GZIPS)
def test_wrong_gzip(wrong, http_mirrors, web, mirror_folder, cache):
    spoil, message = WRONG_GZIPS[wrong]
    whole = (mirror_folder / "gagolews" / "sipu" / "s1.data.gz").read_bytes()
    web.answers["/gagolews/sipu/s1.data.gz"] = spoil(whole)
    assert re.search(message, refused("s1", mirrors=http_mirrors[1:], cache=cache))
    assert kept(cache) == []


def test_gzip_that_the_server_has_unpacked(http_mirrors, web, mirror_folder, cache):
    whole = (mirror_folder / "gagolews" / "sipu" / "s1.data.gz").read_bytes()
    web.answers["/gagolews/sipu/s1.data.gz"] = gzip.decompress(whole)
    assert obtain("s1", mirrors=http_mirrors[1:], cache=cache).origin.source == "real"


# --- the cache


def test_full_disk(http_mirrors, cache):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        line = refused("s1", mirrors=http_mirrors, cache=cache)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert line.startswith(f"the cache folder {cache} cannot be used (File too large)")
    assert "SOFTKMEANS_CACHE" in line
    assert kept(cache) == []


def test_unwritable_cache(http_mirrors, tmp_path):
    (tmp_path / "file").touch()
    folders = [tmp_path / "file", tmp_path / "file" / "cache"]
    if os.geteuid() != 0:  # whom no permission holds back
        folders.append(tmp_path / "read-only")
        folders[-1].mkdir(mode=0o500)
    for folder in folders:
        line = refused("s1", mirrors=http_mirrors, cache=folder)
        assert line.startswith(f"the cache folder {folder} cannot be used")


def test_leftovers_of_a_killed_download_are_swept(http_mirrors, web, cache):
    web.answers["/sipu/s1.txt"] = stalled
    code = f"""
from pathlib import Path
from softkmeans.data.mirrors import Mirror
from softkmeans.data.obtain import obtain
obtain("s1", mirrors=[Mirror({http_mirrors[0].url!r}, "sipu")], cache=Path({str(cache)!r}))
"""
    process = subprocess.Popen([sys.executable, "-c", code])
    while not kept(cache):
        time.sleep(0.01)
    process.kill()
    process.wait()
    (left,) = cache.iterdir()
    del web.answers["/sipu/s1.txt"]
    obtain("s2", mirrors=http_mirrors, cache=cache)
    assert left.exists(), "another process may still be writing it"
    os.utime(left, (time.time() - 100,) * 2)
    obtain("s1", mirrors=http_mirrors, cache=cache)
    assert {name.split("-", 1)[1] for name in kept(cache)} == {"s-originals.zip", "s1.txt", "s2.txt"}


def test_kept_files_obey_the_umask(http_mirrors, cache):
    old = os.umask(0o022)
    try:
        obtain("birch3", mirrors=http_mirrors, cache=cache)
    finally:
        os.umask(old)
    assert next(cache.iterdir()).stat().st_mode & 0o777 == 0o644
