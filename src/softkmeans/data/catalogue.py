"""Which data sets exist: their size, number of clusters, digests and citation."""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from softkmeans.errors import DataError, hint

G2_DIMS = tuple(2**i for i in range(11))
G2_DEVIATIONS = tuple(range(10, 101, 10))


@dataclass(frozen=True)
class Entry:
    """What is known of a data set before it is read.

    Attributes
    ----------
    name : str
        Name in the catalogue, such as ``s1`` or ``g2-2-10``.
    family : str
        ``S``, ``A``, ``Birch``, ``Unbalance``, ``DIM`` or ``G2``.
    n_points, n_dims, n_clusters : int
        Shape (n, d) of the points, and K.
    sha256 : str or None
        Canonical digest of the points, None where no published copy has been compared.
    labels_sha256 : str or None
        Canonical digest of the 1-based labels, None for a set that has no ground-truth partition.
    citation : str
        Short citation for captions.
    """

    name: str
    family: str
    n_points: int
    n_dims: int
    n_clusters: int
    sha256: str | None
    labels_sha256: str | None
    citation: str = "Fränti & Sieranoja (2018)"


def _read() -> dict[str, Entry]:
    table = resources.files(__package__).joinpath("catalogue.csv").read_text(encoding="utf-8")
    return {
        row["name"]: Entry(
            name=row["name"],
            family=row["family"],
            n_points=int(row["n_points"]),
            n_dims=int(row["n_dims"]),
            n_clusters=int(row["n_clusters"]),
            sha256=row["sha256"] or None,
            labels_sha256=row["labels_sha256"] or None,
        )
        for row in csv.DictReader(table.splitlines())
    }


def _whole_g2(labels_sha256: str | None) -> dict[str, Entry]:
    names = {f"g2-{d}-{sd}": d for d in G2_DIMS for sd in G2_DEVIATIONS}
    return {name: Entry(name, "G2", 2048, d, 2, None, labels_sha256) for name, d in names.items()}


_BENCHMARK = _read()

#: Names of the 27 sets of the benchmark, in their natural order.
BENCHMARK: tuple[str, ...] = tuple(_BENCHMARK)

#: Every known set: the 27 first, then the rest of G2, whose points have no published digest.
CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    _BENCHMARK | _whole_g2(_BENCHMARK["g2-2-10"].labels_sha256) | _BENCHMARK
)

#: Family to the names of its sets among the 27.
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        family: tuple(name for name, entry in _BENCHMARK.items() if entry.family == family)
        for family in dict.fromkeys(entry.family for entry in _BENCHMARK.values())
    }
)

#: Names that stand for several data sets, in small letters: `all` for the 27, and the families.
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"all": BENCHMARK, **{family.lower(): names for family, names in FAMILIES.items()}}
)


def lookup(name: str) -> Entry:
    """Return the entry of `name` in the catalogue.

    Raises
    ------
    DataError
        If there is none. The message is one line, with the nearest known name if one is near.

    Examples
    --------
    >>> lookup("s1").n_clusters
    15
    """
    if name not in CATALOGUE:
        raise DataError(f"unknown data set {name!r}{hint(name, [*CATALOGUE, *GROUPS])}")
    return CATALOGUE[name]


def named(names: Iterable[str], registered: Collection[str]) -> tuple[str, ...]:
    """Replace `all` by the names in `registered`, and keep each name once."""
    return tuple(dict.fromkeys(n for name in names for n in (registered if name == "all" else [name])))


def named_datasets(names: Iterable[str]) -> tuple[str, ...]:
    """Replace `all` and families, whatever their case, by the names of their sets, and keep each name once.

    Examples
    --------
    >>> named_datasets(["Birch", "s1", "mine"])
    ('birch1', 'birch2', 'birch3', 's1', 'mine')
    """
    return tuple(dict.fromkeys(name for given in names for name in GROUPS.get(given.lower(), (given,))))
