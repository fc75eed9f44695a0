"""Where a data set comes from: mirrors in order, the cache, the twin, generators."""

import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import kept, sipu

from softkmeans.data import catalogue
from softkmeans.data.catalogue import BENCHMARK, lookup
from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror
from softkmeans.data.obtain import obtain
from softkmeans.data.parsing import canonical_digest
from softkmeans.data.twins import draw_twin
from softkmeans.errors import DataError


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


# --- from the mirrors


@pytest.mark.parametrize("name", BENCHMARK)
def test_every_set_verifies(name, file_mirrors, cache):
    lines: list[str] = []
    data = obtain(name, source="download", mirrors=file_mirrors, cache=cache, log=lines.append)
    entry = lookup(name)
    assert data.points.shape == (entry.n_points, entry.n_dims)
    assert data.points.dtype == np.float64
    assert data.origin.source == "real"
    assert data.origin.sha256 == entry.sha256 == canonical_digest(data.points)
    assert data.origin.rejected == ()
    assert lines == []
    if name == "birch3":
        assert data.labels is None
        assert data.true_centroids is None
    else:
        assert data.labels.dtype == np.int64
        assert canonical_digest(data.labels + 1) == entry.labels_sha256
        np.testing.assert_allclose(data.true_centroids[0], data.points[data.labels == 0].mean(axis=0))


@pytest.mark.parametrize(
    "name", [name for name in BENCHMARK if name[:2] not in ("di", "g2") and name != "birch3"]
)
def test_every_set_of_the_second_mirror_verifies(name, file_mirrors, cache):
    data = obtain(name, source="download", mirrors=file_mirrors[1:], cache=cache)
    assert data.origin.url.endswith(f"{name}.data.gz")
    assert data.origin.labels_url.endswith(f"{name}.labels0.gz")
    assert data.origin.sha256 == lookup(name).sha256
    assert canonical_digest(data.labels + 1) == lookup(name).labels_sha256


def test_points_and_labels_from_different_mirrors(file_mirrors, cache):
    origin = obtain("birch1", mirrors=file_mirrors, cache=cache).origin
    assert origin.url.endswith("/sipu/birch1.txt")
    assert origin.labels_url.endswith("/gagolews/sipu/birch1.labels0.gz")


def test_overridden_catalogue_is_what_counts(file_mirrors, cache, monkeypatch):
    entry = replace(lookup("s1"), sha256="0" * 64)
    monkeypatch.setattr(catalogue, "CATALOGUE", {**catalogue.CATALOGUE, "s1": entry})
    with pytest.raises(DataError, match="instead of 00000000"):
        obtain("s1", mirrors=file_mirrors[:1], cache=cache)


def test_first_mirror_dead_or_wrong_second_good(http_mirrors, make_web, dead_url, cache):
    wrong = make_web()
    wrong.answers["/sipu/s1.txt"] = b"<html>welcome to the hotel</html>"
    lines: list[str] = []
    mirrors = (sipu(dead_url), sipu(wrong.url), *http_mirrors)
    origin = obtain("s1", mirrors=mirrors, cache=cache, log=lines.append).origin
    assert origin.source == "real"
    assert origin.url == f"{http_mirrors[0].url}s1.txt"
    assert origin.rejected[0].startswith(f"{dead_url}/sipu/s1.txt could not be reached")
    assert origin.rejected[1] == f"{wrong.url}/sipu/s1.txt is a web page"
    assert lines == [f"warning: s1: {line}" for line in origin.rejected]
    assert len(kept(cache)) == 2


def test_local_mirror_that_is_not_there(tmp_path, dead_url, file_mirrors, cache):
    missing = Mirror((tmp_path / "nowhere").as_uri(), "sipu")
    for source in ("auto", "download"):
        with pytest.raises(DataError, match=r"nowhere/s1\.txt cannot be read \(No such file"):
            obtain("s1", source=source, mirrors=(missing, sipu(dead_url)), cache=cache)
    assert kept(cache) == []
    assert obtain("s1", mirrors=(missing, *file_mirrors), cache=cache).origin.source == "real"


# --- from the cache


def test_second_call_makes_no_request(http_mirrors, web, dead_url, cache, monkeypatch):
    monkeypatch.setenv("SOFTKMEANS_CACHE", str(cache))
    mirrors = (sipu(dead_url), *http_mirrors)
    first = obtain("s1", mirrors=mirrors)
    assert web.asked == ["/sipu/s1.txt", "/sipu/s-originals.zip"]
    second = obtain("s1", mirrors=mirrors)
    assert len(web.asked) == 2
    assert second.origin.retrieved == first.origin.retrieved
    np.testing.assert_array_equal(second.points, first.points)
    obtain("s2", mirrors=mirrors)
    assert web.asked[2:] == ["/sipu/s2.txt"], "the archive of labels is shared"


def test_tampered_cache_is_downloaded_again(http_mirrors, web, cache):
    obtain("s1", mirrors=http_mirrors, cache=cache)
    before = {path: path.read_bytes() for path in cache.iterdir()}
    for path in before:
        path.write_bytes(before[path].replace(b"1", b"2", 1))
    lines: list[str] = []
    obtain("s1", mirrors=http_mirrors, cache=cache, log=lines.append)
    assert len(web.asked) == 4
    assert ["removed the cached copy" in line for line in lines] == [True, True]
    assert {path: path.read_bytes() for path in cache.iterdir()} == before


def g2_archive(deviation: int, path: Path) -> bytes:
    points = draw_twin(lookup(f"g2-4-{deviation}"))[0]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("g2/g2-4-10.txt", "".join(" ".join(map(str, row)) + "\n" for row in points.tolist()))
    return path.read_bytes()


def test_digest_that_is_not_published_is_recorded_at_first_use(web, cache, tmp_path):
    web.answers["/sipu/g2-txt.zip"] = g2_archive(10, tmp_path / "a.zip")
    first = obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert first.labels.tolist() == [0] * 1024 + [1] * 1024
    assert (cache / "g2-4-10.sha256").read_text() == f"{first.origin.sha256}\n"
    for path in cache.glob("*.zip"):
        path.unlink()
    web.answers["/sipu/g2-txt.zip"] = g2_archive(20, tmp_path / "b.zip")
    with pytest.raises(
        DataError, match=r"other values than the first download, whose digest is in .*g2-4-10\.sha256"
    ):
        obtain("g2-4-10", mirrors=(sipu(web.url),), cache=cache)
    assert kept(cache) == ["g2-4-10.sha256"]


# --- from nowhere


@pytest.mark.parametrize("status", [404, 503])
def test_auto_takes_the_twin_if_nothing_is_delivered(web, dead_url, cache, status):
    web.answers["/sipu/s1.txt"] = status
    lines: list[str] = []
    data = obtain("s1", mirrors=(sipu(dead_url), sipu(web.url)), cache=cache, log=lines.append)
    assert data.origin.source == "twin"
    assert len(data.origin.rejected) == 2
    assert "twin" in lines[-1]
    assert "not the real data" in lines[-1]
    np.testing.assert_array_equal(data.points, draw_twin(lookup("s1"))[0])
    assert data.origin.sha256 == canonical_digest(data.points)
    assert kept(cache) == []


def test_auto_takes_the_twin_if_no_labels_are_delivered(http_mirrors, web, cache):
    web.answers["/sipu/s-originals.zip"] = 404
    data = obtain("s1", mirrors=http_mirrors[:1], cache=cache)
    assert data.origin.source == "twin"
    assert data.origin.rejected == (f"{web.url}/sipu/s-originals.zip answered HTTP status 404",)
    np.testing.assert_array_equal(data.points, draw_twin(lookup("s1"))[0])


def test_download_never_takes_the_twin(http_mirrors, web, dead_url, cache):
    web.answers["/sipu/s-originals.zip"] = 404
    for mirror, file in ((sipu(dead_url), "s1.txt"), (http_mirrors[0], "s-originals.zip")):
        with pytest.raises(DataError, match=f"{mirror.url}{file}.*set data.source to twin") as caught:
            obtain("s1", source="download", mirrors=[mirror], cache=cache)
        assert "\n" not in str(caught.value)


def test_twin_makes_no_request(http_mirrors, web, cache):
    assert obtain("s1", source="twin", mirrors=http_mirrors, cache=cache).origin.source == "twin"
    assert web.asked == []
    assert not cache.exists()


def test_no_mirror_has_the_set(file_mirrors, cache):
    assert obtain("dim032", mirrors=file_mirrors[1:], cache=cache).origin.source == "twin"
    with pytest.raises(DataError, match="no mirror has a layout that includes it"):
        obtain("dim032", source="download", mirrors=file_mirrors[1:], cache=cache)


def test_generated_sets_come_from_their_seed(cache):
    one, same, other = (obtain("moons", seed=seed, cache=cache) for seed in (1, 1, 2))
    assert one.origin == same.origin
    assert one.origin.source == "generated"
    assert one.origin.sha256 == canonical_digest(one.points) != other.origin.sha256
    assert not cache.exists()


def test_unknown_name(cache):
    with pytest.raises(DataError, match="unknown data set 'birch11'; did you mean 'birch1'"):
        obtain("birch11", cache=cache)
