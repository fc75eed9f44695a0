import gzip
import hashlib
import io
import tracemalloc
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from softkmeans.data.archives import NoSuchMemberError, gunzip, read_member
from softkmeans.data.parsing import ContentError, canonical_digest, check_digest, parse_labels, parse_points

POINTS = arrays(
    np.int64,
    array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.integers(-(10**13), 10**14),
)


@given(POINTS, st.sampled_from([" ", "   ", "\t"]), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_points_survive_any_white_space(points, space, end):
    text = end.join(f" {space.join(map(str, row))} " for row in points.tolist()).encode()
    np.testing.assert_array_equal(parse_points(text, points.shape), points)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"<!DOCTYPE html><p>1 2", "begins like an HTML page"),
        (b"\xef\xbb\xbf\n <html>", "begins like an HTML page"),
        (b"1 2\n", "has 1 rows where 2 were expected"),
        (b"1 2\n3 4\n5 6", "has 3 rows where 2 were expected"),
        (b"1 2\n\n3 4 5\n", "line 3 has 3 columns where 2 were expected"),
        (b"1 2\n3 4.5\n", r"line 2 has '\.'"),
        (b"1 2\n3 1e3\n", "line 2 has 'e'"),
        (b"1 2\n3 1_0\n", "line 2 has '_'"),
        (b"1 2\n3 +4\n", r"line 2 has '\+'"),
        (b"1 2\n3 4-5\n", "'4-5', which is no decimal integer"),
        (b"1 2\n3 --4\n", "no decimal integer"),
        (b"1 2\n3 " + b"9" * 5000, "more than 15 digits"),
        ("1 2\n3 ٤\n".encode(), "line 2 has"),
    ],
)
def test_malformed_points(text, message):
    with pytest.raises(ContentError, match=message):
        parse_points(text, (2, 2))


@given(st.binary() | st.text(alphabet="0123456789- \r\n\t.<").map(str.encode))
def test_parsers_raise_nothing_but_content_errors(data):
    for parse in (
        lambda: parse_points(data, (2, 2)),
        lambda: parse_labels(data, 3, 2),
        lambda: gunzip(data, 100),
        lambda: gunzip(gzip.compress(b"1 2")[:-1] + data, 100),
        lambda: read_member(io.BytesIO(data), "a.txt", 100),
    ):
        with suppress(ContentError):
            parse()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


@given(st.data())
def test_a_damaged_zip_gives_the_member_or_a_content_error(data):
    original = b"12 34\n" * 20
    whole = bytearray(zipped(**{"a.txt": original}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ContentError):
        assert read_member(io.BytesIO(whole), "a.txt", 1000) == original


def test_member_in_a_folder():
    assert read_member(io.BytesIO(zipped(**{"x/y/a.txt": b"1"})), "a.txt", 10) == b"1"


@pytest.mark.parametrize("name", ["../a.txt", "x/../../a.txt", "/a.txt", "C:/a.txt", "..\\a.txt"])
def test_unsafe_member(name):
    with pytest.raises(ContentError, match="unsafe path"):
        read_member(io.BytesIO(zipped(**{name: b"1", "b.txt": b"1"})), "b.txt", 10)


def test_member_that_is_missing_double_or_a_bomb():
    with pytest.raises(NoSuchMemberError, match=r"no member a\.txt"):
        read_member(io.BytesIO(zipped(**{"ba.txt": b"1"})), "a.txt", 10)
    with pytest.raises(ContentError, match="2 members"):
        read_member(io.BytesIO(zipped(**{"x/a.txt": b"1", "y/a.txt": b"1"})), "a.txt", 10)
    with pytest.raises(ContentError, match="unpacks to more than 1000 bytes"):
        read_member(io.BytesIO(zipped(**{"a.txt": bytes(10**7)})), "a.txt", 1000)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_zipfile_unpacks_without_a_bound(compression):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        file.writestr("a.txt", b"1 2\n")
    with pytest.raises(ContentError, match=rf"a\.txt packed by method {compression}, which is not read"):
        read_member(buffer, "a.txt", 1000)


def test_no_more_is_taken_than_there_is():
    tracemalloc.start()
    assert gunzip(gzip.compress(b"1 2\n"), 2**30) == b"1 2\n"
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_gzip_bomb_and_damage():
    with pytest.raises(ContentError, match="unpacks to more than 1000 bytes"):
        gunzip(gzip.compress(bytes(10**7)), 1000)
    with pytest.raises(ContentError, match="damaged gzip"):
        gunzip(gzip.compress(b"1 2\n" * 100)[:-9], 1000)


HEADERS = ["", "VQ PARTITIONING\n2.0\n2\n4\n-----------\n", "some\r\n\r\nheader\n", "N and K\n4\n2\n"]


@pytest.mark.parametrize("header", HEADERS)
def test_labels_after_any_header(header):
    assert parse_labels(f"{header}1\n 2\r\n2\n1\n\n".encode(), 4, 2).tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is empty"),
        (b"<html>", "HTML"),
        (b"1\n2\n1\n", "has 3 labels where 4"),
        (b"4\n-----\n1\n2\n1\n", "has 3 labels where 4"),
        (b"-----\n1\n2\n1\n2\n2\n", "has 5 labels where 4"),
        (b"1\n2\n1\n2\n2\n", "has 5 labels where 4"),
        (b"0\n1\n1\n0\n", "labels 0 to 1 where 1 to 2"),
        (b"1\n2\n3\n1\n", "labels 1 to 3 where 1 to 2"),
        (b"1\n1\n1\n1\n", "has 1 different labels where 2"),
    ],
)
def test_malformed_labels(text, message):
    with pytest.raises(ContentError, match=message):
        parse_labels(text, 4, 2)


@given(POINTS)
def test_digest_is_of_the_canonical_text(points):
    text = "".join(" ".join(str(value) for value in row) + "\n" for row in points.tolist())
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert canonical_digest(points) == canonical_digest(points.astype(np.float64)) == expected


def test_digest_of_labels_and_of_points_that_are_no_integers():
    assert canonical_digest(np.array([1, 2])) == hashlib.sha256(b"1\n2\n").hexdigest()
    assert canonical_digest(np.array([[1.5, 2.0]])) == hashlib.sha256(b"1.5 2.0\n").hexdigest()


def test_check_digest_names_both():
    check_digest("a" * 64, None)
    check_digest("a" * 64, "a" * 64)
    with pytest.raises(ContentError, match="sha256 aaaaaaaa… instead of bbbbbbbb…"):
        check_digest("a" * 64, "b" * 64)
