"""Damaged input to every parser: only the documented errors come out, and none takes long."""

import gzip
import io
import random
import signal
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from softkmeans.data.own import OwnData, read_own
from softkmeans.data.parsing import ContentError, parse_labels, parse_points, read_text
from softkmeans.errors import DataError

SECONDS = 5.0  # for one input; the slowest valid one takes a hundredth


@dataclass(frozen=True)
class Target:
    """A parser: what is called, valid inputs to damage, words that mean something to it, its errors."""

    parse: Callable[[bytes, Path], object]
    valid: Sequence[bytes]
    words: Sequence[bytes]
    errors: type[Exception]


def _own(data: bytes, folder: Path, name: str) -> object:
    file = folder / name
    file.write_bytes(data)
    return read_own(OwnData(file, 2))


def _own_labels(data: bytes, folder: Path) -> object:
    points, labels = folder / "points.csv", folder / "labels.txt"
    points.write_bytes(CSV)
    labels.write_bytes(data)
    return read_own(OwnData(points, 2, str(labels)))


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"x": [1.5, 2, 3], "y": [3, 4, 0]}).to_parquet(buffer)
    return buffer.getvalue()


def _text(data: bytes, _: Path, member: str | None = None) -> object:
    return read_text(io.BytesIO(data), 10**5, member)


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


POINTS = b"1 2\n3 4\r\n  50   60\n\n-7 8\n9 10\n11 12\n"
LABELS = b"VQ PARTITIONING\n2.0\n2\n6\n-----------\n1\n2\n1\n2\n1\n2\n"
CSV = b"x,y\n1,2\n3.5,4e1\n5,-6\n7,8\n9,10\n11,12\n"

NUMBERS = [
    *(b"-", b"0", b"1e9", b"nan", b"inf", b"9" * 400, b" ", b"\n", b"\t", b"\r", b",", b";", b"_", b"\xd9")
]
MARKUP = [b"<html>", b"\xef\xbb\xbf", b"\x00", b"#", b'"', b"\x1a", b"\xff\xfe", b"\xe2\x80\xa8", b"-----"]


def _targets() -> dict[str, Target]:
    numbers = [*NUMBERS, *MARKUP]
    arrays = [np.arange(12.0).reshape(6, 2), np.arange(12).reshape(2, 6).T, np.zeros((2, 3, 4))]
    npy = [_npy(array) for array in (*arrays, np.array([[1, None]]), np.array([["a", "b"]]))]
    packed = [_zip(**{"x/a.txt": POINTS, "b.txt": b"1"}), _zip(**{"a.txt": POINTS})]
    gz = [gzip.compress(POINTS), gzip.compress(POINTS) * 3]
    header = [
        *(b"(9999999999999, 2)", b"(6, -2)", b"(6, 2", b"()", b"'<f8'", b"'|O'", b"True", b"[('a', '<f8')]")
    ]
    csv = [CSV, POINTS, CSV.replace(b",", b";")]
    return {
        "points": Target(lambda data, _: parse_points(data, (6, 2)), [POINTS], numbers, ContentError),
        "labels": Target(lambda data, _: parse_labels(data, 6), [LABELS], numbers, ContentError),
        "gzip": Target(_text, gz, [gz[0], b"\x1f\x8b\x08"], ContentError),
        "zip": Target(
            partial(_text, member="a.txt"),
            packed,
            [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"a.txt", b"../", b"\xff" * 8, b"\x00" * 8],
            ContentError,
        ),
        "own csv": Target(partial(_own, name="mine.csv"), csv, numbers, DataError),
        "own gz": Target(partial(_own, name="mine.csv.gz"), [gzip.compress(CSV)], [gz[0]], DataError),
        "own npy": Target(partial(_own, name="mine.npy"), npy, [b"\x93NUMPY", *header, *MARKUP], DataError),
        "own parquet": Target(
            partial(_own, name="mine.parquet"), [_parquet()], [b"PAR1", *MARKUP], DataError
        ),
        "own labels": Target(_own_labels, [b"1\n2\n1\n2\n1\n2\n"], numbers, DataError),
    }


def mutated(chance: random.Random, target: Target) -> bytes:
    """A valid input with some damage, or, now and then, bytes that were never valid."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(300))
    data = bytearray(chance.choice(target.valid))
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 8])):
        i, j = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        j = min(j, i + chance.choice([1, 4, 64, 10**6]))
        match chance.randrange(6):
            case 0 if i < len(data):
                data[i] ^= 1 << chance.randrange(8)
            case 1:
                data[i:j] = b""
            case 2:
                data[i:i] = chance.choice(target.words) * chance.choice([1, 1, 1, 5])
            case 3:
                data[i:i] = data[i:j]
            case 4:
                data[i:j] = chance.choice(target.words)
            case _:
                data[i:j] = chance.randbytes(min(j - i, 16))
    return bytes(data)


class TooSlowError(BaseException):
    """An input took too long; no parser may catch it."""


def _too_slow(*_: object) -> None:
    raise TooSlowError


def fuzz(target: Target, number: int, seed: int, folder: Path) -> int:
    """Parse so many inputs; returns how many were accepted. The faulty one is left in `folder`/input."""
    chance = random.Random(seed)
    accepted = 0
    before = signal.signal(signal.SIGALRM, _too_slow)
    try:
        for _ in range(number):
            data = mutated(chance, target)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                with suppress(target.errors):
                    target.parse(data, folder)
                    accepted += 1
            except BaseException:
                (folder / "input").write_bytes(data)
                raise
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    return accepted


@pytest.fixture(scope="module")
def targets() -> dict[str, Target]:
    return _targets()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *[("points", 1000), ("labels", 1000), ("gzip", 300), ("zip", 500)],
        *[("own csv", 500), ("own gz", 200), ("own npy", 500), ("own parquet", 200), ("own labels", 300)],
    ],
)
def test_only_documented_errors(targets, name, number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_bytes(CSV)
    assert 0 < fuzz(targets[name], number, 2020, tmp_path) < number
