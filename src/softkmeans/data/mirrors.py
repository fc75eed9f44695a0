"""Where a mirror keeps the points and the labels of a set."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from softkmeans.data.catalogue import Entry
from softkmeans.errors import DataError

LAYOUTS = ("sipu", "gagolews")

#: Archive of the labels of a family's sets, and the end of the names of its members, at the original site.
_LABELS = {
    "S": ("s-originals.zip", "-label.pa"),
    "A": ("a-gt-pa.zip", "-ga.pa"),
    "Unbalance": ("unbalance-gt-pa.zip", "-gt.pa"),
}


def is_address(url: str) -> bool:
    """Whether a URL is one to download from: of a file, or of a host on the web."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which raises too, where it is no number
    except ValueError:
        return False
    return parts.scheme == "file" or (parts.scheme in ("http", "https") and bool(parts.hostname))


@dataclass(frozen=True)
class Mirror:
    """A folder on the web (or ``file://``) that holds the benchmark in a known layout.

    Attributes
    ----------
    url : str
        Address of the folder: http, https or file.
    layout : str
        ``sipu``, file names of the original site, or ``gagolews``, those of clustering-data-v1.

    Raises
    ------
    DataError
        The layout is unknown, or the URL is none.
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


DEFAULT_MIRRORS = (
    Mirror("https://cs.uef.fi/sipu/datasets/", "sipu"),
    Mirror("https://cs.joensuu.fi/sipu/datasets/", "sipu"),
    Mirror("https://raw.githubusercontent.com/gagolews/clustering-data-v1/v1.1.0/sipu/", "gagolews"),
)


def points_at(mirror: Mirror, entry: Entry) -> Location | None:
    """Say where `mirror` keeps the points of a data set, None if it has none."""
    if mirror.layout == "gagolews":
        return _at_gagolews(mirror, entry, "data")
    text = f"{entry.name}.txt"
    return _at(mirror, "g2-txt.zip", text) if entry.family == "G2" else _at(mirror, text)


def labels_at(mirror: Mirror, entry: Entry) -> Location | None:
    """Say where `mirror` keeps the ground-truth labels of a data set, None if it has none."""
    if mirror.layout == "gagolews":
        return _at_gagolews(mirror, entry, "labels0")
    if entry.family == "DIM":
        return _at(mirror, f"{entry.name}.pa")
    if entry.family in _LABELS:
        archive, ending = _LABELS[entry.family]
        return _at(mirror, archive, entry.name + ending)
    return None


def _at_gagolews(mirror: Mirror, entry: Entry, what: str) -> Location | None:
    there = entry.family in ("S", "A", "Birch", "Unbalance") and entry.name != "birch3"
    return _at(mirror, f"{entry.name}.{what}.gz") if there else None


def _at(mirror: Mirror, file: str, member: str | None = None) -> Location:
    return Location(f"{mirror.url.rstrip('/')}/{file}", member)
