"""Files that appear whole or not at all."""

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from softkmeans.errors import DataError

_UNFINISHED = ".unfinished-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and put what is written there in its place if the block succeeds.

    The folder is made where it is missing, and the suffix is kept, since writers go by it. After a
    failure neither has `path` changed nor is anything left beside it; a process that is killed leaves the
    temporary file, for `remove_unfinished`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}{_UNFINISHED}{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, path)  # noqa: PTH105 (as atomic on Windows)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_unfinished(folder: Path, unchanged_for: float = 0.0) -> None:
    """Remove what killed writers left in `folder` and below.

    Where others may be writing, `unchanged_for` is the number of seconds after which a file that has not
    grown is no longer being written.
    """
    newest = time.time() - unchanged_for
    for file in folder.rglob(f".*{_UNFINISHED}*"):
        with suppress(OSError):  # its writer has just finished it, or it is another user's
            if file.stat().st_mtime <= newest:
                file.unlink()


def check_writable(folder: Path) -> None:
    """Check that files can be made in `folder`, or in the first of its parents that is there.

    Raises
    ------
    DataError
        Saying why not.
    """
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise DataError(f"{folder} cannot be written to: {error.strerror}") from error
