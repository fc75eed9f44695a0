import gzip
import io
import json
import struct
import time
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from softkmeans.data import catalogue
from softkmeans.data.catalogue import BENCHMARK, UnknownDataSetError, lookup
from softkmeans.data.dataset import Data, Provenance, load, save
from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror
from softkmeans.data.obtain import obtain
from softkmeans.data.own import OwnData, read_own
from softkmeans.data.parsing import canonical_digest
from softkmeans.data.twins import draw_twin
from softkmeans.errors import DataError


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def sipu(url: str) -> Mirror:
    return Mirror(f"{url}/sipu/", "sipu")


def test_default_mirrors_are_those_of_the_config():
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    assert [asdict(mirror) for mirror in DEFAULT_MIRRORS] == config["data"]["mirrors"]


@pytest.mark.parametrize(
    ("url", "layout"),
    [
        ("http://a", "other"),
        ("ftp://a", "sipu"),
        ("http://[", "sipu"),
        ("http:///a", "sipu"),
        ("http://a:b/", "sipu"),
    ],
)
def test_mirror_that_is_none(url, layout):
    with pytest.raises(DataError, match="give"):
        Mirror(url, layout)


# --- the sources


@pytest.mark.parametrize("name", BENCHMARK)
def test_every_set_verifies(name, file_mirrors, cache):
    lines: list[str] = []
    data = obtain(name, source="download", mirrors=file_mirrors, cache=cache, log=lines.append)
    dataset = lookup(name)
    assert data.points.shape == (dataset.n_points, dataset.n_dims)
    assert data.points.dtype == np.float64
    assert data.provenance.source == "real"
    assert data.provenance.sha256 == dataset.sha256 == canonical_digest(data.points)
    assert data.provenance.rejected == ()
    assert lines == []
    if name == "birch3":
        assert data.labels is None
        assert data.true_centroids is None
    else:
        assert data.labels.dtype == np.int64
        assert canonical_digest(data.labels + 1) == dataset.labels_sha256
        assert data.true_centroids.shape == (dataset.n_clusters, dataset.n_dims)
        np.testing.assert_allclose(data.true_centroids[0], data.points[data.labels == 0].mean(axis=0))


@pytest.mark.parametrize("name", ["s2", "a1", "birch1", "birch2", "unbalance"])
def test_gagolews_alone_has_points_and_labels(name, file_mirrors, cache):
    data = obtain(name, source="download", mirrors=file_mirrors[1:], cache=cache)
    assert data.provenance.url.endswith(f"{name}.data.gz")
    assert data.provenance.labels_url.endswith(f"{name}.labels0.gz")


def test_points_and_labels_from_different_mirrors(file_mirrors, cache):
    provenance = obtain("birch1", mirrors=file_mirrors, cache=cache).provenance
    assert provenance.url.endswith("/sipu/birch1.txt")
    assert provenance.labels_url.endswith("/gagolews/sipu/birch1.labels0.gz")


def test_second_call_makes_no_request(http_mirrors, web, dead_url, cache):
    mirrors = (sipu(dead_url), *http_mirrors)
    first = obtain("s1", mirrors=mirrors, cache=cache)
    assert web.asked == ["/sipu/s1.txt", "/sipu/s-originals.zip"]
    second = obtain("s1", mirrors=mirrors, cache=cache)
    assert len(web.asked) == 2
    assert second.provenance.retrieved == first.provenance.retrieved
    np.testing.assert_array_equal(second.points, first.points)
    obtain("s2", mirrors=mirrors, cache=cache)
    assert web.asked[2:] == ["/sipu/s2.txt"], "the archive of labels is shared"


def test_cache_from_the_environment(http_mirrors, cache, monkeypatch):
    monkeypatch.setenv("SOFTKMEANS_CACHE", str(cache))
    obtain("birch3", mirrors=http_mirrors)
    assert len(kept(cache)) == 1


def test_tampered_cache_is_downloaded_again(http_mirrors, web, cache):
    obtain("s1", mirrors=http_mirrors, cache=cache)
    before = {path: path.read_bytes() for path in cache.iterdir()}
    for path in before:
        path.write_bytes(before[path].replace(b"1", b"2", 1))
    lines: list[str] = []
    obtain("s1", mirrors=http_mirrors, cache=cache, log=lines.append)
    assert len(web.asked) == 4
    assert len(lines) == 2
    assert all("removed the cached copy" in line for line in lines)
    assert {path: path.read_bytes() for path in cache.iterdir()} == before


def test_first_dead_second_good(http_mirrors, dead_url, cache):
    lines: list[str] = []
    data = obtain("s1", mirrors=(sipu(dead_url), *http_mirrors), cache=cache, log=lines.append)
    assert data.provenance.url == f"{http_mirrors[0].url}s1.txt"
    assert dead_url in data.provenance.rejected[0]
    assert "could not be connected to" in data.provenance.rejected[0]
    assert any(dead_url in line for line in lines)


def test_first_wrong_second_good(http_mirrors, make_web, cache):
    wrong = make_web()
    wrong.answers["/sipu/s1.txt"] = b"<html>welcome to the hotel</html>"
    lines: list[str] = []
    data = obtain("s1", mirrors=(sipu(wrong.url), *http_mirrors), cache=cache, log=lines.append)
    assert data.provenance.source == "real"
    assert data.provenance.url.startswith(http_mirrors[0].url)
    assert f"{wrong.url}/sipu/s1.txt begins like an HTML page" in data.provenance.rejected
    assert any(line.startswith("warning: s1:") for line in lines)
    assert len(kept(cache)) == 2


def test_first_redirects_nowhere_second_good(http_mirrors, make_web, cache):
    wrong = make_web()
    wrong.answers["/sipu/s1.txt"] = redirect("ftp://127.0.0.1/s1.txt")
    data = obtain("s1", source="download", mirrors=(sipu(wrong.url), *http_mirrors), cache=cache)
    assert data.provenance.url.startswith(http_mirrors[0].url)
    assert data.provenance.rejected[0].startswith(f"{wrong.url}/sipu/s1.txt redirects to where nothing can")


def test_dead_host_is_not_tried_again_for_labels(http_mirrors, dead_url, cache):
    mirrors = (sipu(dead_url), *http_mirrors)
    data = obtain("s1", mirrors=mirrors, cache=cache)
    assert any("was not tried, since its host is down" in line for line in data.provenance.rejected)


# --- nothing reached


@pytest.mark.parametrize("status", [404, 503])
def test_auto_takes_the_twin_if_nothing_answers(web, dead_url, cache, status):
    web.answers["/sipu/s1.txt"] = status
    lines: list[str] = []
    data = obtain("s1", mirrors=(sipu(dead_url), sipu(web.url)), cache=cache, log=lines.append)
    assert data.provenance.source == "twin"
    assert len(data.provenance.rejected) == 2
    assert any("twin" in line and "not the real data" in line for line in lines)
    np.testing.assert_array_equal(data.points, draw_twin(lookup("s1"))[0])
    assert data.provenance.sha256 == canonical_digest(data.points)
    assert kept(cache) == []


def test_download_never_takes_the_twin(dead_url, cache):
    with pytest.raises(
        DataError, match=f"points of s1.*{dead_url}/sipu/s1.txt.*set data.source to twin"
    ) as caught:
        obtain("s1", source="download", mirrors=(sipu(dead_url),), cache=cache)
    assert "\n" not in str(caught.value)
    assert kept(cache) == []


def test_twin_makes_no_request(http_mirrors, web, cache):
    assert obtain("s1", source="twin", mirrors=http_mirrors, cache=cache).provenance.source == "twin"
    assert web.asked == []
    assert not cache.exists()


def test_no_mirror_has_the_set(file_mirrors, cache):
    assert obtain("dim032", mirrors=file_mirrors[1:], cache=cache).provenance.source == "twin"
    with pytest.raises(DataError, match="no mirror is of a layout that has them"):
        obtain("dim032", source="download", mirrors=file_mirrors[1:], cache=cache)


def test_labels_that_cannot_be_had(http_mirrors, web, cache):
    web.answers["/sipu/s-originals.zip"] = 404
    with pytest.raises(
        DataError, match=r"labels of s1 could not be had: .*s-originals\.zip answered HTTP status 404"
    ):
        obtain("s1", source="download", mirrors=http_mirrors[:1], cache=cache)
    assert all(name.endswith("s1.txt") for name in kept(cache))


def test_auto_takes_the_twin_if_no_source_of_labels_answers(http_mirrors, web, dead_url, cache):
    web.answers["/sipu/s-originals.zip"] = 404
    lines: list[str] = []
    mirrors = (sipu(dead_url), http_mirrors[0])
    points, labels = "/sipu/s1.txt", "/sipu/s-originals.zip"
    for asked in ([points, labels], [labels]):  # the points are in the cache then
        web.asked.clear()
        data = obtain("s1", mirrors=mirrors, cache=cache, log=lines.append)
        assert web.asked == asked
        assert data.provenance.source == "twin"
        assert any("s-originals.zip answered HTTP status 404" in line for line in data.provenance.rejected)
        np.testing.assert_array_equal(data.points, draw_twin(lookup("s1"))[0])
        assert "no source of the labels could be reached" in lines[-1]
    web.answers["/sipu/s-originals.zip"] = b"<html></html>"
    with pytest.raises(DataError, match="labels of s1 could not be had"):
        obtain("s1", mirrors=mirrors, cache=cache)


def test_many_missing_hosts_do_not_take_long(dead_url, cache):
    started = time.monotonic()
    obtain("s1", mirrors=(sipu(dead_url),) * 3, cache=cache)
    assert time.monotonic() - started < 2


# --- wrong content


def one_digit_changed(text: bytes) -> bytes:
    return text.replace(b"5", b"6", 1)


def rows_swapped(text: bytes) -> bytes:
    first, second, rest = text.split(b"\n", 2)
    return b"\n".join([second, first, rest])


def one_row_less(text: bytes) -> bytes:
    return text.rstrip().rsplit(b"\n", 1)[0] + b"\n"


WRONG = {
    "html": (lambda _: b"<!doctype html><title>Not here</title>", "begins like an HTML page"),
    "empty": (lambda _: b"", "is empty"),
    "truncated": (lambda text: text[: len(text) // 2], "has .* rows where 5000 were expected"),
    "row less": (one_row_less, "has 4999 rows where 5000 were expected"),
    "digit": (one_digit_changed, "values differ from the published ones"),
    "swapped": (rows_swapped, "values differ from the published ones"),
    "huge": (lambda text: text * 20, "larger than"),
    "text": (lambda text: b"x y\n" + text, "line 1 has 'x'"),
}


@pytest.mark.parametrize("source", ["auto", "download"])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_points(wrong, source, web, dead_url, mirror_folder, cache):
    spoil, message = WRONG[wrong]
    web.answers["/sipu/s1.txt"] = spoil((mirror_folder / "sipu" / "s1.txt").read_bytes())
    with pytest.raises(DataError, match=f"{web.url}/sipu/s1.txt .*{message}") as caught:
        obtain("s1", source=source, mirrors=(sipu(dead_url), sipu(web.url)), cache=cache)
    assert "\n" not in str(caught.value)
    assert kept(cache) == []


def redirect(url: str):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda handler: handler.wfile.write(b"220 mail\r\n"), "gave no proper answer in HTTP"),
        (lambda handler: None, "hung up without an answer"),
        (redirect("/sipu/s1.txt"), "redirects without end"),
        (redirect("file:///etc/hostname"), "redirects to where nothing can be downloaded from"),
    ],
)
def test_no_twin_for_a_host_that_misbehaves(answer, message, web, dead_url, cache):
    web.answers["/sipu/s1.txt"] = answer
    with pytest.raises(DataError, match=f"{web.url}/sipu/s1.txt {message}"):
        obtain("s1", mirrors=(sipu(dead_url), sipu(web.url)), cache=cache)
    assert kept(cache) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_points_on_disk(wrong, tmp_path, mirror_folder, cache):
    spoil, message = WRONG[wrong]
    (tmp_path / "s1.txt").write_bytes(spoil((mirror_folder / "sipu" / "s1.txt").read_bytes()))
    with pytest.raises(DataError, match=message):
        obtain("s1", mirrors=(Mirror(tmp_path.as_uri(), "sipu"),), cache=cache)
    assert kept(cache) == []


def test_another_set(web, mirror_folder, cache):
    web.answers["/sipu/s1.txt"] = (mirror_folder / "sipu" / "s2.txt").read_bytes()
    with pytest.raises(DataError, match="has the values of s2 instead"):
        obtain("s1", mirrors=(sipu(web.url),), cache=cache)
    assert kept(cache) == []


def test_source_that_stops_midway_is_not_replaced_by_the_twin(web, mirror_folder, cache):
    text = (mirror_folder / "sipu" / "s1.txt").read_bytes()

    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text[: len(text) // 2])

    web.answers["/sipu/s1.txt"] = half
    with pytest.raises(DataError, match="broke off after"):
        obtain("s1", mirrors=(sipu(web.url),), cache=cache)
    assert kept(cache) == []


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


WRONG_ARCHIVES = {
    "no zip": (lambda _: b"PK nothing", "damaged zip"),
    "corrupted": (lambda whole: whole[:200] + bytes(300) + whole[500:], "damaged zip|values differ"),
    "cut": (lambda whole: whole[: len(whole) // 2], "damaged zip"),
    "html": (lambda _: b"<html></html>", "damaged zip"),
    "no member": (lambda _: zipped("s9-label.pa", b"1\n"), "has no member s1-label.pa"),
    "climbing": (lambda _: zipped("../s1-label.pa", b"1\n"), "unsafe path"),
    "bomb": (lambda _: zipped("s1-label.pa", bytes(10**7)), "unpacks to more than"),
    "other labels": (lambda _: zipped("s1-label.pa", b"1\n" * 5000), "has 1 different labels where 15"),
}


@pytest.mark.parametrize("wrong", WRONG_ARCHIVES)
def test_wrong_archive_of_labels(wrong, http_mirrors, web, mirror_folder, cache):
    spoil, message = WRONG_ARCHIVES[wrong]
    web.answers["/sipu/s-originals.zip"] = spoil((mirror_folder / "sipu" / "s-originals.zip").read_bytes())
    with pytest.raises(DataError, match=f"labels of s1.*{web.url}/sipu/s-originals.zip .*({message})"):
        obtain("s1", mirrors=http_mirrors[:1], cache=cache)
    assert all(name.endswith("s1.txt") for name in kept(cache))
    both = obtain("s1", mirrors=http_mirrors, cache=cache)
    assert both.provenance.labels_url.endswith("s1.labels0.gz")
    assert len(both.provenance.rejected) == 1


WRONG_GZIPS = {
    "corrupted": (lambda whole: whole[:100] + bytes(50) + whole[150:], "damaged gzip|no part of|rows"),
    "cut": (lambda whole: whole[:-20], "damaged gzip"),
    "bomb": (lambda _: gzip.compress(bytes(10**8)), "unpacks to more than"),
    "html": (lambda _: b"<html>", "HTML"),
}


@pytest.mark.parametrize("wrong", WRONG_GZIPS)
def test_wrong_gzip(wrong, http_mirrors, web, mirror_folder, cache):
    spoil, message = WRONG_GZIPS[wrong]
    whole = (mirror_folder / "gagolews" / "sipu" / "s1.data.gz").read_bytes()
    web.answers["/gagolews/sipu/s1.data.gz"] = spoil(whole)
    with pytest.raises(DataError, match=message):
        obtain("s1", mirrors=http_mirrors[1:], cache=cache)
    assert kept(cache) == []


def test_gzip_that_the_server_has_unpacked(http_mirrors, web, mirror_folder, cache):
    whole = (mirror_folder / "gagolews" / "sipu" / "s1.data.gz").read_bytes()
    web.answers["/gagolews/sipu/s1.data.gz"] = gzip.decompress(whole)
    assert obtain("s1", mirrors=http_mirrors[1:], cache=cache).provenance.source == "real"


def test_a_missing_member_leaves_the_archive_of_the_others(http_mirrors, cache):
    obtain("g2-2-10", mirrors=http_mirrors, cache=cache)
    before = kept(cache)
    with pytest.raises(DataError, match=r"has no member g2-4-10\.txt"):
        obtain("g2-4-10", mirrors=http_mirrors, cache=cache)
    assert kept(cache) == before


# --- sets without a published digest


def g2_archive(deviation: int) -> bytes:
    points = draw_twin(lookup(f"g2-4-{deviation}"))[0]
    return zipped(
        "g2/g2-4-10.txt", "".join(" ".join(map(str, row)) + "\n" for row in points.tolist()).encode()
    )


def test_digest_is_recorded_at_first_use_and_enforced(web, cache):
    web.answers["/sipu/g2-txt.zip"] = g2_archive(10)
    first = obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert first.labels.tolist() == [0] * 1024 + [1] * 1024
    assert (cache / "digests.csv").read_text() == f"g2-4-10,{first.provenance.sha256}\n"
    obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert len((cache / "digests.csv").read_text().splitlines()) == 1
    for path in cache.glob("*.zip"):
        path.unlink()
    web.answers["/sipu/g2-txt.zip"] = g2_archive(20)
    with pytest.raises(DataError, match="values differ"):
        obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert kept(cache) == ["digests.csv"]


def test_digest_is_not_recorded_for_the_twin_or_the_wrong_shape(web, dead_url, cache):
    obtain("g2-4-10", mirrors=(sipu(dead_url),), cache=cache)
    web.answers["/sipu/g2-txt.zip"] = zipped("g2-4-10.txt", b"1 2 3\n" * 2048)
    with pytest.raises(DataError, match="line 1 has 3 columns where 4"):
        obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert kept(cache) == []


def test_damaged_record_of_digests(dead_url, cache):
    cache.mkdir()
    (cache / "digests.csv").write_text("g2-4-10\n")
    with pytest.raises(DataError, match=r"digests\.csv is damaged; remove it"):
        obtain("g2-4-10", mirrors=(sipu(dead_url),), cache=cache)


# --- names and arguments


def test_unknown_name_and_source(cache):
    with pytest.raises(UnknownDataSetError):
        obtain("s5", cache=cache)
    with pytest.raises(DataError, match="auto, download, twin"):
        obtain("s1", source="web", cache=cache)


# --- own data


def own(tmp_path, text, n_clusters=2, labels=None, name="points.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    if labels is not None:
        (tmp_path / "labels.txt").write_text(labels)
    return {"mine": OwnData(path, n_clusters, None if labels is None else tmp_path / "labels.txt")}


@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n-3,4e1\n5,6\n",
        "x,y\n1, 2.5\n-3, 4e1\n5, 6",
        "1;2.5\n-3;4e1\n5;6\n",
        "# x y\n 1 2.5\n\n-3\t40\n5 6\n",
    ],
)
@pytest.mark.parametrize("name", ["points.csv", "points.txt.gz"])
def test_own_text(tmp_path, text, name):
    data = obtain("mine", own=own(tmp_path, text, labels="7\n-1\n7\n", name=name))
    assert data.points.tolist() == [[1, 2.5], [-3, 40], [5, 6]]
    assert data.labels.tolist() == [1, 0, 1]
    assert data.true_centroids.tolist() == [[-3, 40], [3, 4.25]]
    assert data.provenance.source == "own"
    assert data.caption == f"own data set mine, sha256 {data.provenance.sha256[:8]}"


def test_own_array(tmp_path):
    np.save(tmp_path / "points.npy", np.arange(6, dtype=np.int32).reshape(3, 2))
    data = obtain("mine", own={"mine": OwnData(tmp_path / "points.npy", 3)})
    assert data.points.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert data.labels is None


@pytest.mark.parametrize(
    ("text", "n_clusters", "labels", "message"),
    [
        ("", 1, None, "is empty"),
        ("x,y\n", 1, None, "shape"),
        ("1,2\n3\n", 1, None, "line 2: 1 columns where 2"),
        ("1,2\n3,x\n", 1, None, "line 2: 'x' is not a number"),
        ("1,2\n3,1_0\n", 1, None, "'1_0' is not a number"),
        ("1,2\n3,١\n", 1, None, "line 2: '١' is not a number"),
        ("1,2\n3,\n", 1, None, "'' is not a number"),
        ("1,2\n3,nan\n", 1, None, "not finite in point 2"),
        ("1,2\n3,4\n", 3, None, "n_clusters 3"),
        ("1,2\n3,4\n", 0, None, "n_clusters 0"),
        ("1,2\n3,4\n", 2, "1\n", "1 labels for 2 points"),
        ("1,2\n3,4\n", 2, "1\n1\n", "1 different labels where n_clusters is 2"),
        ("1,2\n3,4\n", 2, "1\n1.5\n", "'1.5' is not a label"),
    ],
)
def test_own_that_does_not_fit(tmp_path, text, n_clusters, labels, message):
    with pytest.raises(DataError, match=message) as caught:
        obtain("mine", own=own(tmp_path, text, n_clusters, labels))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_own_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        obtain("mine", own={"mine": OwnData(tmp_path / "missing.csv", 1)})
    (tmp_path / "a.csv.gz").write_bytes(b"1,2")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe1")
    (tmp_path / "a.npy").write_bytes(b"1,2")
    np.save(tmp_path / "o.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.arange(3.0))
    for name in ("a.csv.gz", "a.csv", "a.npy", "o.npy", "flat.npy"):
        with pytest.raises(DataError, match=name):
            obtain("mine", own={"mine": OwnData(tmp_path / name, 1)})


def test_own_gzip_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("softkmeans.data.own.UNPACKED", 1000)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 250))
    assert len(read_own(OwnData(tmp_path / "a.csv.gz", 2))[0]) == 250
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 251))
    with pytest.raises(DataError, match=r"a\.csv\.gz unpacks to more than 1000 bytes"):
        read_own(OwnData(tmp_path / "a.csv.gz", 2))


@pytest.mark.parametrize("shape", ["(3, 2", "(3\0, 2)", "(9**9, 2)", "(9999999999999, 2)"])
def test_own_array_with_a_damaged_header(tmp_path, shape):
    """NumPy lets through what the tokenizer, the parser and the memory say to these."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(48))
    with pytest.raises(DataError, match=r"a\.npy cannot be read as \.npy"):
        read_own(OwnData(tmp_path / "a.npy", 2))


def test_own_may_not_take_a_benchmark_name(tmp_path):
    with pytest.raises(DataError, match="benchmark"):
        obtain("s1", own={"s1": OwnData(tmp_path / "a.csv", 1)})


# --- the bundle


def test_captions(file_mirrors, cache):
    real = obtain("s1", mirrors=file_mirrors, cache=cache)
    assert real.caption == f"s1, Fränti & Sieranoja (2018), sha256 {lookup('s1').sha256[:8]}"
    assert obtain("s1", source="twin").caption == "twin of s1 (a synthetic stand-in, not the real data)"


@pytest.mark.parametrize("name", ["s1", "birch3"])
def test_save_and_load(name, tmp_path):
    twin = obtain(name, source="twin")
    data = replace(twin, provenance=replace(twin.provenance, rejected=("http://ä/ is down",)))
    save(data, tmp_path / "new" / "a.npz", tmp_path / "a.json")
    again = load(tmp_path / "new" / "a.npz", tmp_path / "a.json")
    assert (again.name, again.n_clusters, again.provenance) == (data.name, data.n_clusters, data.provenance)
    np.testing.assert_array_equal(again.points, data.points)
    assert (again.labels is None) == (data.labels is None)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.json", "a.npz"]
    with zipfile.ZipFile(tmp_path / "new" / "a.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    first = (tmp_path / "new" / "a.npz").read_bytes(), (tmp_path / "a.json").read_bytes()
    save(again, tmp_path / "new" / "a.npz", tmp_path / "a.json")
    assert ((tmp_path / "new" / "a.npz").read_bytes(), (tmp_path / "a.json").read_bytes()) == first
    assert json.loads(first[1])["provenance"]["rejected"] == ["http://ä/ is down"]


def test_load_damaged(tmp_path):
    data = Data("x", np.zeros((2, 1)), 1, None, Provenance("own", None, None, "0"))
    with pytest.raises(DataError, match="make them anew"):
        load(tmp_path / "a.npz", tmp_path / "a.json")
    save(data, tmp_path / "a.npz", tmp_path / "a.json")
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-30])
    with pytest.raises(DataError, match="make them anew"):
        load(tmp_path / "a.npz", tmp_path / "a.json")


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    data = obtain("s1", source="twin")
    save(data, tmp_path / "a.npz", tmp_path / "a.json")
    before = (tmp_path / "a.npz").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("softkmeans.files.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save(replace(data, n_clusters=3), tmp_path / "a.npz", tmp_path / "a.json")
    assert (tmp_path / "a.npz").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.npz"]


def test_overridden_catalogue_is_what_counts(file_mirrors, cache, monkeypatch):
    entry = replace(lookup("s1"), sha256="0" * 64)
    monkeypatch.setattr(catalogue, "CATALOGUE", {**catalogue.CATALOGUE, "s1": entry})
    with pytest.raises(DataError, match="instead of 00000000"):
        obtain("s1", mirrors=file_mirrors[:1], cache=cache)
