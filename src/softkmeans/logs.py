"""A job's log file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from softkmeans.errors import DataError


@contextmanager
def logged(path: str) -> Iterator[Callable[[str], None]]:
    """Open a log; what is said goes there and to standard error.

    An error that a user can mend ends the program with its one line there, and no traceback.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", encoding="utf-8") as file:

        def log(line: str) -> None:
            for stream in (file, sys.stderr):
                print(line, file=stream, flush=True)

        try:
            yield log
        except (DataError, OSError) as error:
            log(f"error: {error}")
            sys.exit(1)
        except BaseException:
            import traceback

            file.write(traceback.format_exc())
            raise


def progress(log: Callable[[str], None], what: str, seconds: float = 5.0) -> Callable[[int, int], None]:
    """Say how far a part of a job is, at most every few seconds; what is over sooner says nothing."""
    last = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            log(f"{what}: {done} of {total} done")

    return say
