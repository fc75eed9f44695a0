"""The manifest: what was made, by which rule, from which code, configuration and data, on which machine."""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from softkmeans.data.dataset import describe
from softkmeans.errors import DataError
from softkmeans.files import replacing

FORMAT = 2
NAME = "manifest.json"

#: Where the data sets are.
DATASETS = "data/*.npz"

#: Results that hold times, and so differ from run to run.
VARYING = ("timings*", DATASETS)


@dataclass(frozen=True)
class Result:
    """A file of the results.

    Attributes
    ----------
    rule : str
        The rule that made it.
    size : int
        Bytes.
    sha256 : str
        Of its bytes.
    varies : bool
        Whether it holds times, so that another run need not make the same bytes.
    """

    rule: str
    size: int
    sha256: str
    varies: bool


@dataclass(frozen=True)
class Manifest:
    """What is known of a folder of results.

    Attributes
    ----------
    made : str
        UTC time, ISO format.
    git : mapping or None
        Of `git_state`.
    seed : int
        Base of every run's seed.
    config : mapping
        The whole checked configuration.
    versions : mapping of str to str
        Of Python, this package and those that it requires, when the manifest was made.
    blas, machine : mapping
        What NumPy was built with, and where the manifest was made.
    data : mapping of str to mapping
        Data set -> its sizes and origin: source, URLs, canonical digest, time, rejected sources.
    results : mapping of str to Result
        By path from the folder of results, with forward slashes.
    """

    made: str
    git: Mapping[str, Any] | None
    seed: int
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    blas: Mapping[str, Any]
    machine: Mapping[str, Any]
    data: Mapping[str, Mapping[str, Any]]
    results: Mapping[str, Result]


def make(folder: Path, rules: Mapping[str, str], config: Any, git: Mapping[str, Any] | None) -> Manifest:
    """Describe a folder of results.

    Parameters
    ----------
    folder : Path
        The results.
    rules : mapping of str to str
        Path of each result from `folder` -> the rule that made it.
    config : mapping
        The whole checked configuration, as JSON has it.
    git : mapping or None
        The state of the code as `git_state` gives it.

    Raises
    ------
    OSError, DataError
        A result cannot be read.
    """
    datasets = [asdict(describe(folder / path)) for path in sorted(rules) if _is(path, DATASETS)]
    return Manifest(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        git=git,
        seed=config["seed"],
        config=config,
        versions=versions(),
        blas=blas(),
        machine=machine(),
        data={dataset.pop("name"): dataset for dataset in datasets},
        results={path: result(folder / path, path, rules[path]) for path in sorted(rules)},
    )


def result(file: Path, path: str, rule: str) -> Result:
    """Describe one file, whose path from the folder of results is `path`."""
    varies = any(_is(path, pattern) for pattern in VARYING)
    return Result(rule, file.stat().st_size, file_digest(file), varies)


def _is(path: str, pattern: str) -> bool:
    return PurePosixPath(path).match(pattern)


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit checked out in a folder, and whether anything there differs from it.

    None where git is missing, or does not keep the Snakefile of this folder.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", "Snakefile")
        return {
            "commit": _git(folder, "rev-parse", "HEAD"),
            "dirty": bool(_git(folder, "status", "--porcelain")),
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


def blas() -> dict[str, Any]:
    """The libraries of linear algebra that NumPy was built with, and the CPU's instructions that it uses."""
    build: Any = np.show_config(mode="dicts")
    libraries = build["Build Dependencies"]
    kept = ("name", "version", "openblas configuration")
    return {
        library: {key: libraries[library][key] for key in kept if key in libraries[library]}
        for library in ("blas", "lapack")
    } | {"simd": build["SIMD Extensions"].get("found", [])}


def machine() -> dict[str, Any]:
    """Platform, CPU and number of CPUs."""
    return {"platform": platform.platform(), "cpu": _cpu(), "n_cpus": os.cpu_count()}


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


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
    results = {path: Result(**result) for path, result in content.pop("results").items()}
    return Manifest(results=results, **content)


def _own_digest(content: Mapping[str, Any]) -> str:
    """Digest of a manifest's values, whatever the white space between them."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
