"""Whether results are still those of their manifest, and whether they are those of another run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from softkmeans.provenance import manifest
from softkmeans.provenance.manifest import DATASETS, Manifest

if TYPE_CHECKING:
    import pandas as pd

#: Folders that no manifest lists: they hold what the tables were made from, and what the jobs took.
NOT_COVERED = ("runs", "benchmarks")

#: Results that hold times, so that those of two runs always differ: measured times, and pages that say when
#: they were made.
TIMED = ("timings*", "*.html")

#: Pages without times.
TIMELESS = ("claims.html", "explore.html", "summary.html")


@dataclass(frozen=True)
class Difference:
    """A file that is not as it should be.

    Attributes
    ----------
    kind : str
        On disk ``changed``, ``missing``, ``unreadable`` or ``extra``; against another run ``different``,
        ``only here``, ``only there``, or ``equal`` where the bytes differ but no number does.
    path : str
        From the folder of results.
    note : str
        What else there is to say.
    """

    kind: str
    path: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<12}{self.path}" + (f"  {self.note}" if self.note else "")


def counted(differences: Iterable[Difference]) -> str:
    """Say how many differences there are of each kind.

    Examples
    --------
    >>> counted([Difference("extra", "a"), Difference("extra", "b")]), counted([])
    ('2 extra', 'no difference')
    """
    kinds = Counter(each.kind for each in differences)
    return ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "no difference"


def check(folder: Path, found: Manifest) -> list[Difference]:
    """Compare the files of a folder with its manifest, by their digests.

    Hidden files and the folders `NOT_COVERED` are left out.
    """
    kinds = {path: _kind(folder / path, sha256) for path, sha256 in found.results.items()}
    there = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    seen = {
        path.as_posix()
        for path in there
        if path.parts[0] not in NOT_COVERED and not any(part.startswith(".") for part in path.parts)
    }
    extra = sorted(seen - found.results.keys() - {manifest.NAME})
    return [
        *(Difference(kind, path) for path, kind in kinds.items() if kind),
        *(Difference("extra", path) for path in extra),
    ]


def _kind(file: Path, sha256: str) -> str | None:
    try:
        return None if manifest.file_digest(file) == sha256 else "changed"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "unreadable"


def is_timed(path: str) -> bool:
    """Whether a result holds times."""
    name = PurePosixPath(path)
    return any(map(name.match, TIMED)) and name.name not in TIMELESS


def compare(here: Manifest, there: Manifest) -> list[Difference]:
    """Compare the results of two runs by their manifests.

    Files that hold times need only exist in both. Of data sets, the digests of the points are compared.
    """
    differences = []
    for path in sorted(here.results.keys() | there.results.keys()):
        if path not in there.results:
            differences.append(Difference("only here", path))
        elif path not in here.results:
            differences.append(Difference("only there", path))
        elif not is_timed(path) and _identity(here, path) != _identity(there, path):
            differences.append(Difference("different", path))
    return differences


def _identity(found: Manifest, path: str) -> str:
    """The digest of a file, or of a data set's points, since its file holds the time of the download."""
    if PurePosixPath(path).match(DATASETS):
        points: str = found.data[PurePosixPath(path).stem]["origin"]["sha256"]
        return points
    return found.results[path]


def circumstances(here: Manifest, there: Manifest) -> list[str]:
    """Name the sections in which two manifests differ, which may explain why the results do."""
    sections = ("git", "config", "versions", "machine")
    return [section for section in sections if getattr(here, section) != getattr(there, section)]


def weigh(
    differences: Sequence[Difference], here: Path, there: Path, tolerance: float, cpus: Sequence[str]
) -> list[Difference]:
    """Look into the files that differ from another run's, and mark those that differ in bytes alone.

    Parameters
    ----------
    differences : sequence of Difference
        What `compare` gives.
    here, there : Path
        The folders of the two runs' results.
    tolerance : float
        Numbers count as equal if they differ by no more than this, relative to the larger one.
    cpus : sequence of str
        Names of the CPUs that the two runs were made on.
    """
    weighed = []
    for each in differences:
        if each.kind == "different":
            apart = _apart(here / each.path, there / each.path, tolerance)
            equal = f"numerically equal; bytes differ, made on {' and on '.join(cpus)}"
            weighed.append(Difference("different" if apart else "equal", each.path, apart or equal))
        else:
            weighed.append(each)
    return weighed


def _apart(one: Path, other: Path, tolerance: float) -> str:
    """Say in what two files differ, nothing if no number does; figures and pages are judged by their CSV."""
    tables = [file if file.suffix == ".parquet" else file.with_suffix(".csv") for file in (one, other)]
    if not all(table.is_file() for table in tables):
        return "in its bytes"
    left, right = map(_read, tables)
    if list(left) != list(right) or len(left) != len(right):
        return "in its columns or the number of its rows"
    apart = [str(name) for name in left if not _agree(left[name], right[name], tolerance)]
    return f"by more than {tolerance:g} in {', '.join(apart)}" if apart else ""


def _read(table: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(table) if table.suffix == ".parquet" else pd.read_csv(table)


def _agree(one: "pd.Series", other: "pd.Series", tolerance: float) -> bool:
    from pandas.testing import assert_series_equal

    try:
        assert_series_equal(one, other, check_dtype=False, check_categorical=False, rtol=tolerance, atol=0)
    except AssertionError:
        return False
    return True
