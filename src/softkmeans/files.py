"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and put what is written there in its place if the block succeeds.

    The folder is made where it is missing, and the suffix is kept, since writers go by it. After a
    failure neither has `path` changed nor is anything left beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, path)  # noqa: PTH105 (as atomic on Windows)
    finally:
        unfinished.unlink(missing_ok=True)
