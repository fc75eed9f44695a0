import gzip
import struct

import numpy as np
import pytest

from softkmeans.data.obtain import obtain
from softkmeans.data.own import OwnData, read_own
from softkmeans.errors import DataError


def own(tmp_path, text, n_clusters=2, labels=None, name="points.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    if labels is not None:
        (tmp_path / "labels.txt").write_text(labels)
    return OwnData(path, n_clusters, None if labels is None else tmp_path / "labels.txt")


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
    assert data.origin.source == "own"
    assert data.caption == f"own data set mine, sha256 {data.origin.sha256[:8]}"


def test_own_array(tmp_path):
    np.save(tmp_path / "points.npy", np.arange(6, dtype=np.int32).reshape(3, 2))
    data = obtain("mine", own=OwnData(tmp_path / "points.npy", 3))
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
        obtain("mine", own=OwnData(tmp_path / "missing.csv", 1))
    (tmp_path / "a.csv.gz").write_bytes(b"1,2")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe1")
    (tmp_path / "a.npy").write_bytes(b"1,2")
    np.save(tmp_path / "o.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.arange(3.0))
    for name in ("a.csv.gz", "a.csv", "a.npy", "o.npy", "flat.npy"):
        with pytest.raises(DataError, match=name):
            obtain("mine", own=OwnData(tmp_path / name, 1))


@pytest.mark.parametrize("shape", ["(3, 2", "(3\0, 2)", "(9**9, 2)", "(9999999999999, 2)"])
def test_own_array_with_a_damaged_header(tmp_path, shape):
    """NumPy lets through what the tokenizer, the parser and the memory say to these."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(48))
    with pytest.raises(DataError, match=r"a\.npy cannot be read as \.npy"):
        read_own(OwnData(tmp_path / "a.npy", 2))
