"""The manifest: what was made, and from which code, configuration and data, on which machine."""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from softkmeans.data.dataset import describe
from softkmeans.errors import DataError
from softkmeans.files import replacing

#: Version of the manifest's layout, and name of its file.
FORMAT = 3
NAME = "manifest.json"

#: Where the code is. There, a file that git does not track is a change, too.
CODE = ("Snakefile", "src", "workflow")

#: Pattern of the data sets' paths in the folder of results.
DATASETS = "data/*.npz"


@dataclass(frozen=True)
class Manifest:
    """What is known of a folder of results.

    Attributes
    ----------
    made : str
        UTC time, ISO format.
    git : mapping or None
        The state of the code as `git_state` gives it.
    config : mapping
        The whole checked configuration, as JSON has it.
    versions : mapping of str to str
        Versions of Python, this package and those that it requires.
    machine : mapping
        The machine as `machine` gives it.
    data : mapping of str to mapping
        Data set -> its sizes and origin: source, URLs, canonical digest, time, rejected sources.
    results : mapping of str to str
        Path of each file from the folder of results, with forward slashes -> SHA-256 of its bytes.
    """

    made: str
    git: Mapping[str, Any] | None
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    data: Mapping[str, Mapping[str, Any]]
    results: Mapping[str, str]


def make(folder: Path, paths: Iterable[str], config: Any, git: Mapping[str, Any] | None) -> Manifest:
    """Describe a folder of results, here and now.

    Parameters
    ----------
    folder : Path
        The results.
    paths : iterable of str
        Path of each result from `folder`.
    config, git : mapping
        As in `Manifest`.

    Raises
    ------
    OSError, DataError
        A result cannot be read.
    """
    results = {path: file_digest(folder / path) for path in sorted(set(paths))}
    datasets = [asdict(describe(folder / path)) for path in results if PurePosixPath(path).match(DATASETS)]
    return Manifest(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        git=git,
        config=config,
        versions=versions(),
        machine=machine(),
        data={dataset.pop("name"): dataset for dataset in datasets},
        results=results,
    )


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit checked out in a folder, and whether the code there differs from it.

    Code is what is tracked, and new files in `CODE`; a new file elsewhere, such as one of data, is not.
    None where git is missing, or does not track the Snakefile of this folder.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", "Snakefile")
        return {
            "commit": _git(folder, "rev-parse", "HEAD"),
            "dirty": any(
                _git(folder, "status", "--porcelain", *which)
                for which in (["--untracked-files=no"], ["--", *CODE])
            ),
        }
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def versions() -> dict[str, str]:
    """Versions of Python, this package and what it requires, as installed."""
    required = [line for line in metadata.requires("softkmeans") or () if "extra ==" not in line]
    names = ["softkmeans", *sorted(re.split(r"[^\w.-]", line)[0] for line in required)]
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in names}


def machine() -> dict[str, Any]:
    """Platform, model and number of CPUs, and the CPU that each compiler of numerical code takes it for.

    ``blas`` lists the libraries of linear algebra that are loaded, with the kernels that each has chosen for
    this CPU; ``numba`` is the CPU that Numba compiles for.
    """
    return {
        "platform": platform.platform(),
        "cpu": _cpu(),
        "n_cpus": os.cpu_count(),
        "blas": _blas(),
        "numba": _numba(),
    }


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


def _blas() -> list[str]:
    import numpy as np  # noqa: F401 (its library must be loaded)
    from threadpoolctl import threadpool_info

    kept = ("internal_api", "version", "architecture")
    loaded = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return sorted({" ".join(str(each[key]) for key in kept if each.get(key)) for each in loaded})


def _numba() -> str:
    from llvmlite.binding import get_host_cpu_name

    return os.environ.get("NUMBA_CPU_NAME") or get_host_cpu_name()


def write(manifest: Manifest, file: Path) -> None:
    """Write a manifest as JSON, with a digest of its own."""
    content = {"format": FORMAT, **asdict(manifest)}
    with replacing(file) as unfinished:
        text = json.dumps({"sha256": _own_digest(content)} | content, indent=1, ensure_ascii=False)
        unfinished.write_text(text + "\n", encoding="utf-8")


def read(file: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    DataError
        It is missing, damaged, changed since it was made, or of another format.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{file} is missing; snakemake makes it, with the results") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{file} is damaged: not valid JSON ({error}); make it anew") from error
    if not isinstance(content, dict) or "sha256" not in content or "results" not in content:
        raise DataError(f"{file} is not a manifest of softkmeans")
    if content.pop("sha256") != _own_digest(content):
        raise DataError(f"{file} was changed after it was made: its own digest does not fit; make it anew")
    if content.pop("format", None) != FORMAT:
        raise DataError(f"{file} was made by another version of softkmeans; make it anew")
    return Manifest(**content)


def _own_digest(content: Mapping[str, Any]) -> str:
    """Digest of a manifest's values, whatever the white space between them."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
