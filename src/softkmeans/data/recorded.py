"""Digests of sets that have no published one: recorded at first use, enforced afterwards."""

import os
from pathlib import Path

from softkmeans.errors import DataError


def recorded_digest(cache: Path, name: str) -> str | None:
    """Return the digest that was recorded for the set `name`, None at its first use.

    Raises
    ------
    DataError
        The file of digests is damaged.
    """
    path = cache / "digests.csv"
    try:
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); remove it to start afresh") from error
    if any(len(row) != 2 or len(row[1]) != 64 for row in rows):
        raise DataError(f"{path} is damaged; remove it to start afresh")
    return next((digest for known, digest in rows if known == name), None)


def record_digest(cache: Path, name: str, digest: str) -> None:
    """Add a digest; of two that are added for one name the first counts.

    Raises
    ------
    DataError
        The file cannot be written.
    """
    path = cache / "digests.csv"
    try:
        # One write to a file opened for appending: processes side by side lose no line of each other.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(descriptor, f"{name},{digest}\n".encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror})") from error
