"""Where a mirror keeps the points and the labels of a set."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from softkmeans.data.catalogue import Entry
from softkmeans.errors import DataError

#: For each layout and family, the files of points and of labels, where {} is the name of the set. What
#: follows a slash is a member of a zip archive.
_FILES: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
    "sipu": {
        "S": ("{}.txt", "s-originals.zip/{}-label.pa"),
        "A": ("{}.txt", "a-gt-pa.zip/{}-ga.pa"),
        "Birch": ("{}.txt", None),
        "Unbalance": ("{}.txt", "unbalance-gt-pa.zip/{}-gt.pa"),
        "DIM": ("{}.txt", "{}.pa"),
        "G2": ("g2-txt.zip/{}.txt", None),
    },
    "gagolews": dict.fromkeys(["S", "A", "Birch", "Unbalance"], ("{}.data.gz", "{}.labels0.gz")),
}

LAYOUTS = tuple(_FILES)


def is_address(url: str) -> bool:
    """Whether a URL is one to download from: of a file, or of a host on the web."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # this raises too, if the port is not a number
    except ValueError:
        return False
    return (parts.scheme == "file" and bool(parts.path)) or (
        parts.scheme in ("http", "https") and bool(parts.hostname)
    )


@dataclass(frozen=True)
class Mirror:
    """A folder on the web (or ``file://``) that holds the benchmark in a known layout.

    Attributes
    ----------
    url : str
        Address of the folder: http, https or file.
    layout : str
        ``sipu`` for the file names of the original site, ``gagolews`` for those of clustering-data-v1.

    Raises
    ------
    DataError
        The layout is unknown, or nothing can be downloaded from the URL.
    """

    url: str
    layout: str

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise DataError(f"mirror {self.url} has layout {self.layout!r}; give one of {', '.join(LAYOUTS)}")
        if not is_address(self.url):
            raise DataError(
                f"mirror {self.url!r} is no address to download from; give an http, https or file URL"
            )


@dataclass(frozen=True)
class Location:
    """A file at a mirror, and the wanted member where the file is a zip archive."""

    url: str
    member: str | None = None


#: The mirrors that are tried unless others are given, in order.
DEFAULT_MIRRORS = (
    Mirror("https://cs.uef.fi/sipu/datasets/", "sipu"),
    Mirror("https://cs.joensuu.fi/sipu/datasets/", "sipu"),
    Mirror("https://raw.githubusercontent.com/gagolews/clustering-data-v1/v1.1.0/sipu/", "gagolews"),
)


def points_at(mirror: Mirror, entry: Entry) -> Location | None:
    """Say where `mirror` keeps the points of a data set, None if it has none."""
    return _at(mirror, entry, 0)


def labels_at(mirror: Mirror, entry: Entry) -> Location | None:
    """Say where `mirror` keeps the ground-truth labels of a data set, None if it has none."""
    return _at(mirror, entry, 1)


def _at(mirror: Mirror, entry: Entry, which: int) -> Location | None:
    pattern = _FILES[mirror.layout].get(entry.family, (None, None))[which]
    if pattern is None or (mirror.layout, entry.name) == ("gagolews", "birch3"):
        return None
    file, _, member = pattern.format(entry.name).partition("/")
    return Location(f"{mirror.url.rstrip('/')}/{file}", member or None)
