import gzip
import hashlib
import io
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from softkmeans.data.parsing import ContentError, canonical_digest, parse_labels, parse_points, read_text

POINTS = arrays(
    np.int64,
    array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.integers(-(10**13), 10**14),
)


def read(data: bytes, member: str | None = None) -> bytes:
    return read_text(io.BytesIO(data), 1000, member)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


@given(POINTS, st.sampled_from([" ", "   ", "\t"]), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_points_survive_any_white_space(points, space, end):
    text = end.join(f" {space.join(map(str, row))} " for row in points.tolist()).encode()
    np.testing.assert_array_equal(parse_points(text, points.shape), points)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"1 2\n", "has 1 × 2 numbers where 2 × 2 were expected"),
        (b"1 2\n3 4\n5 6", "has 3 × 2 numbers"),
        (b"1 2\n\n3 4 5\n", "not a table of integers .*columns changed from 2 to 3"),
        (b"1 2\n3 4.5\n", r"'4\.5'"),
        (b"1 2\n3 1e3\n", "'1e3'"),
        (b"1 2\n3 1_0\n", "'1_0'"),
        (b"1 2\n3 4-5\n", "'4-5'"),
        (b"1 2\n# 3 4\n", "not a table of integers"),
        (b" \n\x1c\n", "is empty"),
        (b"1 2\n3 " + b"9" * 5000, "not a table of integers"),
        ("1 2\n3 ٤\n".encode(), "not a table of integers"),
    ],
)
def test_malformed_points(text, message):
    with pytest.raises(ContentError, match=message) as caught:
        parse_points(text, (2, 2))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("data", [b"1 2\n", gzip.compress(b"1 2\n", mtime=0)])
def test_text_plain_or_gzipped(data):
    assert read(data) == b"1 2\n"


def test_member_of_an_archive():
    assert read(zipped(**{"ba.txt": b"2", "x/y/a.txt": b"1"}), "a.txt") == b"1"
    for name in ("ba.txt", "../a.txt", "x/../../a.txt"):
        with pytest.raises(ContentError, match=r"no member a\.txt"):
            read(zipped(**{name: b"1"}), "a.txt")


@given(st.data())
def test_a_damaged_zip_gives_the_member_or_a_content_error(data):
    original = b"12 34\n" * 20
    whole = bytearray(zipped(**{"a.txt": original}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ContentError):
        assert read(bytes(whole), "a.txt") == original


HEADERS = ["", "VQ PARTITIONING\n2.0\n2\n4\n-----------\n", "some\r\n\r\nheader\n", "N and K\n4\n2\n"]


@pytest.mark.parametrize("header", HEADERS)
def test_labels_after_any_header(header):
    assert parse_labels(f"{header}1\n 2\r\n2\n1\n\n".encode(), 4).tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"1\n2\n1\n", "has 3 labels where 4"), (b"4\n-----\n1\n2\n1\n", "not a table of integers .*'-----'")],
)
def test_malformed_labels(text, message):
    with pytest.raises(ContentError, match=message):
        parse_labels(text, 4)


@given(POINTS)
def test_digest_is_of_the_canonical_text(points):
    text = "".join(" ".join(str(value) for value in row) + "\n" for row in points.tolist())
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert canonical_digest(points) == canonical_digest(points.astype(np.float64)) == expected


def test_digest_of_labels_and_of_points_that_are_no_integers():
    assert canonical_digest(np.array([1, 2])) == hashlib.sha256(b"1\n2\n").hexdigest()
    assert canonical_digest(np.array([[1.5, 2.0]])) == hashlib.sha256(b"1.5 2.0\n").hexdigest()
