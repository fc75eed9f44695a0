"""Reading gzip and zip in memory, with bounds: nothing is unpacked to disk, no bomb goes off."""

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO

from softkmeans.data.parsing import ContentError
from softkmeans.errors import DataError

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,  # an encrypted member
    ValueError,
    OverflowError,
)

_CHUNK = 2**20  # bytes


class NoSuchMemberError(ContentError):
    """The archive is sound, but the wanted member is not in it."""


def gunzip(data: bytes, limit: int) -> bytes:
    """Unpack gzip data of at most `limit` bytes.

    Raises
    ------
    ContentError
        The data are damaged, or unpack to more than `limit` bytes.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return _bounded(file, limit)
    except _DAMAGE as error:
        raise ContentError(f"is a damaged gzip file ({error})") from error


def read_member(archive: BinaryIO, name: str, limit: int) -> bytes:
    """Read the member called `name`, in whatever folder of the zip archive, of at most `limit` bytes.

    Raises
    ------
    NoSuchMemberError
        No member has this name.
    ContentError
        The archive is damaged, has a member with an unsafe path, several members of this name, or one
        larger than `limit` or neither stored nor deflated.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            return _bounded_member(file, name, limit)
    except DataError:
        raise
    except _DAMAGE as error:
        raise ContentError(f"is a damaged zip archive ({error})") from error


def _bounded_member(file: zipfile.ZipFile, name: str, limit: int) -> bytes:
    members = file.infolist()
    # Nothing is extracted, but an archive that tries to climb is not the published one.
    if unsafe := next((member.filename for member in members if _is_unsafe(member.filename)), None):
        raise ContentError(f"has a member with the unsafe path {unsafe!r}")
    wanted = [
        member for member in members if PurePosixPath(member.filename).name == name and not member.is_dir()
    ]
    if not wanted:
        raise NoSuchMemberError(f"has no member {name}")
    if len(wanted) > 1:
        raise ContentError(f"has {len(wanted)} members called {name}")
    if wanted[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile unpacks the others, which the mirrors do not use, without a bound.
        raise ContentError(f"has {name} packed by method {wanted[0].compress_type}, which is not read here")
    with file.open(wanted[0]) as member:
        return _bounded(member, limit)


def _is_unsafe(path: str) -> bool:
    windows = PureWindowsPath(path)
    return bool(".." in windows.parts or windows.root or windows.drive)


def _bounded(file: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
    data = bytearray()
    while chunk := file.read(_CHUNK):  # not all at once, which would take `limit` bytes of memory in any case
        data += chunk
        if len(data) > limit:
            raise ContentError(f"unpacks to more than {limit} bytes")
    return bytes(data)
