"""A job's log file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from softkmeans.errors import DataError


@contextmanager
def logged(path: str) -> Iterator[Callable[[str], None]]:
    """Open a log, and yield a function that writes a line there and to standard error.

    A `DataError` or an `OSError` ends the program with exit code 1 and one line in the log. The traceback of
    any other exception goes to the log, and the exception is raised again.
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
    """Give a function ``(done, total)`` that logs how far a part of a job is.

    It logs at most one line every `seconds` seconds, and none before the first of these intervals is over.
    """
    last = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            log(f"{what}: {done} of {total} done")

    return say
