"""Whether results are still those of their manifest, and those of another run."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from softkmeans.provenance import manifest
from softkmeans.provenance.manifest import Manifest

#: Made after the manifest, or by it.
NOT_LISTED = (manifest.NAME, "report.html")


@dataclass(frozen=True)
class Difference:
    """A file that is not as it should be.

    Attributes
    ----------
    kind : str
        ``changed``, ``missing``, ``unreadable`` or ``extra`` on disk;
        ``different``, ``only here`` or ``only there`` from another run.
    path : str
        From the folder of results.
    rule : str or None
        The rule that makes it, None for an extra file.
    """

    kind: str
    path: str
    rule: str | None = None


def check(folder: Path, found: Manifest) -> list[Difference]:
    """Compare the files of a folder with its manifest, by their hashes.

    Hidden files, the manifest and the report that Snakemake makes from it are left out.
    """
    kinds = {path: _kind(folder / path, result.sha256) for path, result in found.results.items()}
    there = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    seen = {path.as_posix() for path in there if not any(part.startswith(".") for part in path.parts)}
    extra = sorted(seen - found.results.keys() - set(NOT_LISTED))
    return [
        *(Difference(kind, path, found.results[path].rule) for path, kind in kinds.items() if kind),
        *(Difference("extra", path) for path in extra),
    ]


def _kind(file: Path, sha256: str) -> str | None:
    try:
        return None if manifest.file_digest(file) == sha256 else "changed"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "unreadable"


def compare(here: Manifest, there: Manifest) -> list[Difference]:
    """Compare the results of two runs by their manifests.

    Files that hold times need only exist; of data sets the digests of the points are compared.
    """
    differences = []
    for path in sorted(here.results.keys() | there.results.keys()):
        one, other = here.results.get(path), there.results.get(path)
        if one is None or other is None:
            known = one or other
            assert known is not None
            differences.append(Difference("only there" if one is None else "only here", path, known.rule))
        elif one.sha256 != other.sha256 and not (
            one.varies and other.varies and _points(here, path) == _points(there, path)
        ):
            differences.append(Difference("different", path, one.rule))
    return differences


def _points(found: Manifest, path: str) -> str | None:
    """The digest of a data set's points; None for other files."""
    dataset = found.data.get(PurePosixPath(path).stem)
    return None if dataset is None else dataset["origin"]["sha256"]


def circumstances(here: Manifest, there: Manifest) -> list[str]:
    """Name what else two runs differ in: what may explain differences of their results."""
    sections = ("git", "config", "versions", "blas", "machine")
    return [section for section in sections if getattr(here, section) != getattr(there, section)]
