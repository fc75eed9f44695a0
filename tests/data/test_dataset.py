"""The file of a data set: what is saved is loaded, and the origin can be read without the points."""

import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest

from softkmeans.data.catalogue import lookup
from softkmeans.data.dataset import Dataset, Origin, describe, load, save
from softkmeans.data.obtain import obtain
from softkmeans.errors import DataError

OWN = Dataset("x", np.zeros((2, 1)), 1, None, Origin("own", "x.csv", None, "0" * 64))


def test_captions(file_mirrors, cache):
    real = obtain("s1", mirrors=file_mirrors, cache=cache)
    assert real.caption == f"s1, Fränti & Sieranoja (2018), sha256 {lookup('s1').sha256[:8]}"
    assert obtain("s1", source="twin").caption == "twin of s1 (a synthetic stand-in, not the real data)"
    assert obtain("moons").caption == "moons, scikit-learn: 2 half moons, noise 0.06"
    assert OWN.caption == "own data set x, sha256 00000000"


@pytest.mark.parametrize("name", ["s1", "birch3"])
def test_what_is_saved_is_loaded(name, tmp_path):
    twin = obtain(name, source="twin")
    data = replace(twin, origin=replace(twin.origin, rejected=("http://ä/ is down",)))
    path = tmp_path / "new" / "a.npz"
    save(data, path)
    again = load(path)
    assert (again.name, again.n_clusters, again.origin) == (data.name, data.n_clusters, data.origin)
    np.testing.assert_array_equal(again.points, data.points)
    np.testing.assert_array_equal(again.labels, data.labels)
    known = describe(path)
    assert (known.name, known.n_clusters, known.origin) == (data.name, data.n_clusters, data.origin)
    assert (known.n_points, known.n_dims) == data.points.shape
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


def test_the_same_values_make_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        save(obtain("s1", source="twin"), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_description_does_not_read_the_points(tmp_path):
    save(replace(OWN, points=np.full((100_000, 2), 7.0)), tmp_path / "a.npz")
    damaged = bytearray((tmp_path / "a.npz").read_bytes())
    damaged[800_000:900_000] = bytes(100_000)
    (tmp_path / "a.npz").write_bytes(damaged)
    assert asdict(describe(tmp_path / "a.npz"))["n_points"] == 100_000
    with pytest.raises(DataError, match="make it anew"):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("read", [load, describe])
def test_a_file_that_is_missing_damaged_or_another(read, tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(DataError, match="make it anew"):
        read(path)
    save(OWN, path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="make it anew"):
        read(path)
    np.savez(path, points=OWN.points)
    with pytest.raises(DataError, match="make it anew"):
        read(path)


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    save(OWN, path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("softkmeans.files.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save(replace(OWN, n_clusters=2), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
