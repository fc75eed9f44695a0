"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path`, and put it in its place if the block succeeds.

    The folder is made where it is missing; after a failure neither `path` has changed nor anything
    is left beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: its files are private to their owner, whatever the umask says.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("x+b") as file:
            yield file
        os.replace(temporary, path)  # noqa: PTH105 (as atomic on Windows)
    finally:
        temporary.unlink(missing_ok=True)
