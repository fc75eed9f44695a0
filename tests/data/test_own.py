import gzip
import io
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from softkmeans.data.obtain import obtain
from softkmeans.data.own import OwnData, estimated_size, read_own
from softkmeans.errors import DataError

POINTS = [[1.5, -2.25], [3.0, 0.125], [-0.75, 40.0], [1e-3, 7.5]]
SPECIES = ["b", "a", "b", "a"]
XY = pd.DataFrame(POINTS, columns=["x", "y"])
LABELLED = XY.assign(species=SPECIES)


def own(tmp_path, text, n_clusters=2, truth=None, name="points.csv", **options):
    """A file of points, and one of labels if their text is given."""
    path = tmp_path / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    if truth is not None:
        (tmp_path / "labels.txt").write_text(truth)
        options["labels"] = str(tmp_path / "labels.txt")
    return OwnData(path, n_clusters, **options)


def numpy_text(points, **options):
    buffer = io.StringIO()
    np.savetxt(buffer, points, **options)
    return buffer.getvalue()


#: What other programs write: text, options that it takes, columns, columns left out.
TEXTS = {
    "pandas, with its index": (XY.to_csv(), {}, "x y", "row names"),
    "pandas, index=False": (XY.to_csv(index=False), {}, "x y", ""),
    "pandas, numbered columns": (pd.DataFrame(POINTS).to_csv(index=False), {}, "0 1", ""),
    "pandas, numbered, with its index": (pd.DataFrame(POINTS).to_csv(), {}, "0 1", "row names"),
    "pandas, quoted names": (XY.rename(columns={"x": "x, left"}).to_csv(index=False), {}, "x,_left y", ""),
    "pandas, with labels": (LABELLED.to_csv(), {"labels": "species"}, "x y", "row names"),
    "pandas, chosen columns": (LABELLED.to_csv(), {"columns": ("x", "y")}, "x y", "row names,species"),
    "pandas, no header": (LABELLED.to_csv(header=False, index=False), {"labels": "3"}, "1 2", ""),
    "pandas, an index told apart": (XY.to_csv(header=False), {"columns": ("2", "3")}, "2 3", "1"),
    "Excel, English": ("x,y\r\n1.5,-2.25\r\n3,0.125\r\n-0.75,40\r\n0.001,7.5\r\n", {}, "x y", ""),
    "Excel, German": ("\ufeffx;y\r\n1,5;-2,25\r\n3;0,125\r\n-0,75;40\r\n1,00E-03;7,5\r\n", {}, "x y", ""),
    "Excel, Unicode text": (XY.to_csv(sep="\t", index=False).encode("utf-16"), {}, "x y", ""),
    "R, write.csv": (
        '"","x","y"\n"1",1.5,-2.25\n"2",3,0.125\n"3",-0.75,40\n"4",0.001,7.5\n', {}, "x y", "row names"
    ),
    "R, write.csv2": (
        '"";"x";"y"\n"1";1,5;-2,25\n"2";3;0,125\n"3";-0,75;40\n"4";0,001;7,5\n', {}, "x y", "row names"
    ),
    "R, write.table": (
        '"x" "y"\n"Mazda RX4" 1.5 -2.25\n"2" 3 0.125\n"3" -0.75 40\n"4" 0.001 7.5\n', {}, "x y", "row names"
    ),
    "numpy, savetxt": (numpy_text(POINTS), {}, "1 2", ""),
    "numpy, savetxt with names": (numpy_text(POINTS, delimiter=",", header="x,y"), {}, "x y", ""),
    "numpy, savetxt with a remark": (numpy_text(POINTS, header="of my first run"), {}, "1 2", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_what_other_programs_write_becomes_the_points(tmp_path, name, packed):
    text, options, columns, left_out = TEXTS[name]
    file = own(tmp_path, text, name="points.csv.gz" if packed else "points.csv", **options)
    read = read_own(file)
    assert read.points.tolist() == POINTS
    assert read.points.flags.c_contiguous
    assert list(read.columns) == [column.replace("_", " ") for column in columns.split()]
    assert ",".join(read.left_out) == left_out
    assert estimated_size(file)[1] == 2
    if "labels" in options:
        assert read.labels.tolist() == [1, 0, 1, 0]
        assert read.classes == ("a", "b")


def test_parquet(tmp_path):
    file = OwnData(tmp_path / "points.parquet", 2, labels="species")
    LABELLED.to_parquet(file.path)
    assert read_own(file).points.tolist() == POINTS
    LABELLED.set_axis(list("pqrs")).to_parquet(file.path)  # of which the rows have names
    read = read_own(file)
    assert read.points.tolist() == POINTS
    assert (read.labels.tolist(), read.left_out) == ([1, 0, 1, 0], ("row names",))
    assert read_own(replace(file, labels=None, columns=("y",))).columns == ("y",)
    pd.DataFrame(np.zeros((3000, 4))).rename(columns=str).to_parquet(file.path)
    assert estimated_size(OwnData(file.path, 2)) == (3000, 4)


def test_own_array(tmp_path):
    np.save(tmp_path / "points.npy", np.arange(6, dtype=np.int32).reshape(3, 2))
    data = obtain("mine", own=OwnData(tmp_path / "points.npy", 3))
    assert data.points.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert data.labels is None
    np.save(tmp_path / "labels.npy", np.array([7, 7, 5]))
    labelled = OwnData(tmp_path / "points.npy", 2, labels=str(tmp_path / "labels.npy"))
    assert obtain("mine", own=labelled).labels.tolist() == [1, 1, 0]
    column = OwnData(tmp_path / "points.npy", 3, labels="2")
    assert obtain("mine", own=column).points.tolist() == [[0], [2], [4]]


@pytest.mark.parametrize(
    "text", ["1,2.5\n-3,4e1\n5,6\n", "x,y\n1, 2.5\n-3, 4e1\n5, 6", "# x y\n 1 2.5\n\n-3\t40\n5 6\n"]
)
@pytest.mark.parametrize(
    "labels",
    [
        "7\n-1\n7\n",
        "label\n7\n-1\n7\n",
        ",label\n0,7\n1,-1\n2,7\n",
        '"x"\n"b c"\n"a b"\n"b c"\n',
        numpy_text([7, -1, 7]),
    ],
)
def test_a_file_of_labels(tmp_path, text, labels):
    data = obtain("mine", own=own(tmp_path, text, truth=labels))
    assert data.points.tolist() == [[1, 2.5], [-3, 40], [5, 6]]
    assert data.labels.tolist() == [1, 0, 1]
    assert data.true_centroids.tolist() == [[-3, 40], [3, 4.25]]
    assert data.origin.source == "own"
    assert data.caption == f"own data set mine, sha256 {data.origin.sha256[:8]}"


def test_what_was_read_is_said(tmp_path):
    said = []
    file = own(tmp_path, LABELLED.to_csv(), labels="species")
    data = obtain("mine", own=file, log=said.append)
    assert said == [
        "mine: data: n = 4, d = 2",
        "mine: columns: x, y; left out: row names",
        "mine: first point: 1.5, -2.25",
        "mine: labels: a (2), b (2)",
    ]
    assert data.origin.labels_url == f"{file.path}, column species"
    wide = own(tmp_path, pd.DataFrame(np.zeros((2, 1024))).to_csv(index=False))
    assert read_own(wide).described()["columns"] == "0, 1, 2, 3, 4, 5, 6, 7, … 1024 in all"


#: What is in doubt: text, options that leave it so, the option that is named, what each of its values makes.
DOUBTS = {
    "names or a point": ("0,1\n5,3\n2,2\n", {}, "header", {True: (2, 2), False: (3, 2)}),
    "years or a point": ("2019,2020\n1.5,3\n2,2.5\n", {}, "header", {True: (2, 2), False: (3, 2)}),
    "a name or a class": ("0,1,cat\n2,3,dog\n", {"columns": ("1",)}, "header", {False: (2, 1)}),
    "rows or a coordinate": (
        "id,x,y\n1,2,5\n2,3,1\n3,5,5\n", {}, "columns", {("x", "y"): (3, 2), ("id", "x", "y"): (3, 3)}
    ),
    "rows without names": (XY.to_csv(header=False), {}, "columns", {("2", "3"): (4, 2)}),
    "labels or a coordinate": ("x,label\n1,2\n2,3\n1,2\n", {}, "labels", {"label": (3, 1)}),
    "a column of text": (LABELLED.to_csv(), {}, "labels", {"species": (4, 2)}),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTS)
def test_a_doubt_is_an_error_that_names_the_option_that_decides(tmp_path, name):
    text, options, option, values = DOUBTS[name]
    file = own(tmp_path, text, **options)
    with pytest.raises(DataError, match=f"option {option}") as caught:
        read_own(file)
    assert "\n" not in str(caught.value)
    for value, shape in values.items():
        assert read_own(replace(file, **{option: value})).points.shape == shape


@pytest.mark.parametrize(
    ("text", "n_clusters", "labels", "message"),
    [
        ("", 1, None, "is empty"),
        ("x,y\n", 1, None, "has 0 points"),
        ("1,2\n3\n", 1, None, "point 2 in column '2' has no finite value"),
        ("1,2\n3,4,5\n", 1, None, "Expected 2 fields in line 2, saw 3"),
        ("x,y,z\n1,2\n3,4\n", 1, None, "has 2 columns, but names for 3"),
        ("x,x\n1,2\n3,4\n", 1, None, "two columns called 'x'"),
        ("1,2\n3,x\n", 1, None, "point 2 in column '2': 'x' is not a number"),
        ("1,2\n3,1_0\n", 1, None, "'1_0' is not a number"),
        ("1,2\n3,١\n", 1, None, "'١' is not a number"),
        ("1,2\n3,\n", 1, None, "point 2 in column '2' has no finite value"),
        ("x,y\nTrue,2\nFalse,1\n", 1, None, "'True' is not a number"),
        ('x,y\n"1,234",2\n"1,5",1\n', 1, None, "'1,234' is not a number"),
        ("1.5,2\n3,nan\n", 1, None, "point 2 in column '2' has no finite value"),
        ("1.5,2\n3,1e999\n", 1, None, "point 2 in column '2' has no finite value"),
        ("1,2\n3,4\n", 3, None, "n_clusters 3"),
        ("1,2\n3,4\n", 0, None, "n_clusters 0"),
        ("1,2\n3,4\n", 2, "1\n", "1 labels for 2 points"),
        ("1,2\n3,4\n", 2, "1\n1\n", "1 different labels where n_clusters is 2"),
        ("1,2\n3,4\n", 2, "1\n1.5\n", "'1.5' is not a label"),
        ("1,2\n3,4\n", 2, "1,2\n1,3\n", "has 2 columns; give one label a line"),
        ("1,2\n3,4\n", 2, "1\nNA\n", "no label for point 2"),
    ],
)
def test_own_that_does_not_fit(tmp_path, text, n_clusters, labels, message):
    with pytest.raises(DataError, match=message) as caught:
        obtain("mine", own=own(tmp_path, text, n_clusters, labels))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ("x", "yy")}, "'yy' is not a column of .*; did you mean 'y'"),
        ({"labels": "specie"}, "'specie' is neither a file nor a column of .*; did you mean 'species'"),
    ],
)
def test_a_column_that_is_not_there(tmp_path, options, message):
    with pytest.raises(DataError, match=message) as caught:
        read_own(own(tmp_path, LABELLED.to_csv(), **options))
    assert caught.value.key == next(iter(options))


def test_own_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        obtain("mine", own=OwnData(tmp_path / "missing.csv", 1))
    (tmp_path / "a.csv.gz").write_bytes(b"1,2")
    (tmp_path / "a.csv").write_bytes("Größe,x\n1,2\n".encode("cp1252"))
    (tmp_path / "a.npy").write_bytes(b"1,2")
    (tmp_path / "a.parquet").write_bytes(b"PAR1,2")
    np.save(tmp_path / "o.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.arange(3.0))
    for name in ("a.csv.gz", "a.csv", "a.npy", "a.parquet", "o.npy", "flat.npy"):
        with pytest.raises(DataError, match=name):
            obtain("mine", own=OwnData(tmp_path / name, 1))
        assert min(estimated_size(OwnData(tmp_path / name, 1))) >= 1


@pytest.mark.parametrize("shape", ["(3, 2", "(3\0, 2)", "(9**9, 2)", "(9999999999999, 2)"])
def test_own_array_with_a_damaged_header(tmp_path, shape):
    """NumPy lets through what the tokenizer, the parser and the memory say to these."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(48))
    with pytest.raises(DataError, match=r"a\.npy cannot be read as \.npy"):
        read_own(OwnData(tmp_path / "a.npy", 2))
