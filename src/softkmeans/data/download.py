"""Bytes from a URL into a file that is kept only once its content has been verified."""

import hashlib
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pooch
from requests import exceptions as faults  # type: ignore[import-untyped, unused-ignore]
from urllib3.exceptions import ConnectTimeoutError, LocationValueError, NewConnectionError, ProtocolError

from softkmeans.data.archives import NoSuchMemberError
from softkmeans.data.parsing import ContentError
from softkmeans.errors import DataError
from softkmeans.files import replacing

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0  # seconds without a byte
DEADLINE = 600.0  # seconds for a whole transfer
BACKOFF = (0.3, 0.9)  # seconds between three attempts
CHUNK = 2**14  # bytes

T = TypeVar("T")


class UnreachableError(DataError):
    """A source gave nothing: no connection, no answer in time, or an HTTP error status.

    Attributes
    ----------
    transient : bool
        Whether it is worth another attempt.
    host_down : bool
        Whether nothing else need be asked of the host.
    """

    def __init__(self, message: str, *, transient: bool = False, host_down: bool = False) -> None:
        super().__init__(message)
        self.transient = transient
        self.host_down = host_down


class InterruptedTransferError(ContentError):
    """A source was connected to, and hung up before the end."""


def cached(
    url: str, limit: int, cache: Path, verify: Callable[[BinaryIO], T], log: Callable[[str], None]
) -> tuple[T, str] | None:
    """Return what `verify` makes of the cached copy of `url`, and when it was downloaded.

    None if there is no copy, or none that verifies: such a one is removed with a log line. An archive
    that merely lacks the wanted member is left for the sets that it has.
    """
    path = cache_path(cache, url)
    try:
        with path.open("rb") as file:
            if path.stat().st_size > limit:
                raise ContentError(f"is larger than {limit} bytes")
            return verify(file), _retrieved(path)
    except FileNotFoundError:
        return None
    except NoSuchMemberError:
        return None
    except ContentError as error:
        log(f"removed the cached copy of {url}, which {error}: {path}")
        _remove(path)
        return None
    except OSError as error:
        raise _cache_fault(cache, error) from error


def download(url: str, limit: int, cache: Path, verify: Callable[[BinaryIO], T]) -> tuple[T, str]:
    """Download `url`, and keep it in the folder `cache` if `verify` accepts it.

    Returns
    -------
    value, retrieved
        What `verify` returns, and the UTC time of the download in ISO format.

    Raises
    ------
    UnreachableError
        Nothing was delivered.
    ContentError
        The source was connected to, but what it answers is no file, more than `limit` bytes, less than
        announced, or refused by `verify`.
    DataError
        The URL is not one, or the cache cannot be written.
    """
    path = cache_path(cache, url)
    try:
        with replacing(path) as unfinished, unfinished.open("x+b") as file:
            transfer(url, file, limit)
            file.seek(0)
            value = verify(file)
        return value, _retrieved(path)
    except OSError as error:
        raise _cache_fault(cache, error) from error


def cache_path(cache: Path, url: str) -> Path:
    """Return the path of the cached copy: by the whole URL, so that mirrors do not collide."""
    return cache / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{url.rsplit('/', 1)[-1]}"


def transfer(url: str, file: BinaryIO, limit: int) -> None:
    """Copy `url` into `file`, at most `limit` bytes; transient faults are tried three times.

    Raises
    ------
    UnreachableError, ContentError, DataError
        As `download`.
    """
    for pause in (*BACKOFF, None):
        file.seek(0)
        file.truncate()
        started = time.monotonic()
        try:
            return _attempt(url, _Bounded(file, limit))
        except (UnreachableError, InterruptedTransferError) as error:
            transient = isinstance(error, InterruptedTransferError) or error.transient
            # A host that was waited for in vain (off line, behind a wall) is not worth the same again.
            patience = time.monotonic() - started < CONNECT_TIMEOUT
            if pause is None or not transient or not patience:
                raise
            time.sleep(pause)


class _Bounded:
    """The file-like object that pooch writes to: counts bytes, and stops when told to or when full."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.file, self.limit = file, limit
        self.size = 0
        self.abandoned = False

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        if self.abandoned:
            raise InterruptedTransferError("was abandoned")
        if self.size > self.limit:
            raise ContentError(f"is larger than {self.limit} bytes, the most that was expected")
        return self.file.write(chunk)

    def flush(self) -> None:
        self.file.flush()


def _attempt(url: str, writer: _Bounded) -> None:
    match urlsplit(url).scheme:
        case "http" | "https":
            _from_web(url, writer)
        case "file":
            _from_disk(url, writer)
        case _:
            raise DataError(f"{url} is no address to download from; give an http, https or file URL")


def _from_disk(url: str, writer: _Bounded) -> None:
    try:
        source = Path(url2pathname(urlsplit(url).path)).open("rb")  # noqa: SIM115 (closed two lines below)
    except OSError as error:
        raise UnreachableError(f"cannot be read ({error.strerror})") from error
    with source:
        shutil.copyfileobj(source, writer)


def _from_web(url: str, writer: _Bounded) -> None:
    # In a thread, since no timeout of requests bounds name resolution or a server that trickles.
    responses: list[Any] = []
    fault: list[Exception] = []

    def work() -> None:
        try:
            _get(url, writer, responses)
        except Exception as error:
            fault.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    if thread.is_alive():
        writer.abandoned = True
        raise _out_of_time(writer, responses)
    if fault:
        raise _explain(fault[0], url, writer, responses) from fault[0]


def _get(url: str, writer: _Bounded, responses: list[Any]) -> None:
    """Get a URL, and note every response on the way, as soon as its headers have come."""
    get = pooch.HTTPDownloader(
        chunk_size=CHUNK,
        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        headers={"Accept-Encoding": "identity"},  # sizes on the wire are sizes of the file
        hooks={"response": lambda response, **_: responses.append(response)},
    )
    try:
        get(url, writer, None)
    finally:
        for response in responses:  # pooch leaves them open when the writer raises
            response.close()


def _out_of_time(writer: _Bounded, responses: list[Any]) -> DataError:
    if responses:
        return ContentError(f"was not complete after {DEADLINE:g} s ({writer.size} bytes)")
    return UnreachableError(f"did not answer within {DEADLINE:g} s", host_down=True)


def _explain(error: Exception, url: str, writer: _Bounded, responses: list[Any]) -> DataError | OSError:
    """Sort a fault: nothing delivered, broken off, refused by the writer, or not a URL at all.

    What counts as nothing delivered is that no connection came about, or that nothing was heard over it.
    """
    answered = bool(responses)
    redirected = answered and responses[-1].is_redirect
    where = f"redirects to {responses[-1].headers['Location']}, which " if redirected else ""
    match error:
        case DataError():
            return error
        case faults.HTTPError(response=response) if response is not None:
            status = response.status_code
            return UnreachableError(
                f"answered HTTP status {status}", transient=status == 429 or status >= 500
            )
        case faults.TooManyRedirects():
            return ContentError("redirects without end")
        case faults.InvalidURL() | faults.MissingSchema() | faults.InvalidSchema() | LocationValueError():
            if answered:
                return ContentError(f"redirects to where nothing can be downloaded from ({error})")
            return DataError(f"{url} cannot be asked for ({error})")
        case faults.ChunkedEncodingError() | faults.ContentDecodingError():
            return InterruptedTransferError(f"broke off after {writer.size} bytes")
        case faults.RequestException() if answered and not redirected:
            return InterruptedTransferError(f"broke off after {writer.size} bytes")
        case faults.SSLError():
            return UnreachableError(f"{where}could not be connected to safely (TLS)", host_down=not answered)
        case faults.ProxyError():
            return UnreachableError(
                f"{where}could not be reached through the proxy", transient=True, host_down=not answered
            )
        case faults.ConnectionError() if _is_unconnected(error):
            return UnreachableError(
                f"{where}could not be connected to", transient=True, host_down=not answered
            )
        case faults.Timeout():
            return UnreachableError(f"{where}did not answer within {READ_TIMEOUT:g} s", transient=True)
        case faults.ConnectionError(args=[ProtocolError(args=[_, ConnectionError()])]):
            return InterruptedTransferError(f"{where}hung up without an answer")
        case faults.ConnectionError(args=[ProtocolError(args=[_, OSError() as reason])]):
            return UnreachableError(f"{where}could not be reached ({reason})", transient=True)
        case faults.RequestException():
            return ContentError(f"{where}gave no proper answer in HTTP")
        case OSError():  # from the file that is written to
            return error
        case _:
            return ContentError(f"answered in a way that cannot be read ({error})")


def _is_unconnected(error: Exception) -> bool:
    """Whether no connection came about: requests keeps what urllib3 says of that in the error's argument."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _retrieved(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).isoformat(timespec="seconds")


def _cache_fault(cache: Path, error: OSError) -> DataError:
    return DataError(
        f"the cache folder {cache} cannot be used ({error.strerror or error}); "
        "set the environment variable SOFTKMEANS_CACHE to another"
    )
