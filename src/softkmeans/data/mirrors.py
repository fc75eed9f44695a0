"""Where a mirror keeps the points and the labels of a set."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from softkmeans.data.catalogue import DataSet
from softkmeans.errors import DataError

LAYOUTS = ("sipu", "gagolews")

_GAGOLEWS_POINTS = ("S", "A", "Birch", "Unbalance")
_GAGOLEWS_MISSING = ("birch3",)


def is_address(url: str) -> bool:
    """Whether a URL is one to download from: of a file, or of a host on the web."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which raises too, where it is no number
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


def points_at(mirror: Mirror, dataset: DataSet) -> Location | None:
    """Say where `mirror` keeps the points of `dataset`, None if it has none."""
    name = dataset.name
    if mirror.layout == "gagolews":
        return _at(mirror, f"{name}.data.gz") if _gagolews_has(dataset) else None
    return _at(mirror, "g2-txt.zip", f"{name}.txt") if dataset.family == "G2" else _at(mirror, f"{name}.txt")


def labels_at(mirror: Mirror, dataset: DataSet) -> Location | None:
    """Say where `mirror` keeps the ground-truth labels of `dataset`, None if it has none."""
    name = dataset.name
    if mirror.layout == "gagolews":
        return _at(mirror, f"{name}.labels0.gz") if _gagolews_has(dataset) else None
    match dataset.family:
        case "S":
            return _at(mirror, "s-originals.zip", f"{name}-label.pa")
        case "A":
            return _at(mirror, "a-gt-pa.zip", f"{name}-ga.pa")
        case "Unbalance":
            return _at(mirror, "unbalance-gt-pa.zip", "unbalance-gt.pa")
        case "DIM":
            return _at(mirror, f"{name}.pa")
    return None


def _gagolews_has(dataset: DataSet) -> bool:
    return dataset.family in _GAGOLEWS_POINTS and dataset.name not in _GAGOLEWS_MISSING


def _at(mirror: Mirror, file: str, member: str | None = None) -> Location:
    return Location(f"{mirror.url.rstrip('/')}/{file}", member)
