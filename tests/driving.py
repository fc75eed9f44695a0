"""Driving the pipeline from outside: a project of its own, what it has made, what a later run made again."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[1]
SMOKE = ROOT / "workflow" / "configs" / "smoke.yaml"
#: A port on which nobody listens.
DEAD = "http://127.0.0.1:1/sipu/"
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
#: Results with times in them, the only ones that may differ from run to run: so do most pages.
VARYING = re.compile(r"(^|/)(timings|benchmarks/|manifest\.json$|(?!claims|explore|summary)\w+\.html$)")


def new_project(folder: Path, overlay: Path = SMOKE) -> Path:
    """Copy the workflow to `folder`, with `overlay` over its configuration."""
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder)
    shutil.copy(overlay, folder / "overlay.yaml")
    return folder


def without_a_mirror() -> dict[str, Any]:
    """The small configuration, which takes its twins since the only mirror is dead."""
    data = {"source": "auto", "mirrors": [{"url": DEAD, "layout": "sipu"}]}
    return yaml.safe_load(SMOKE.read_text()) | {"data": data}


def command(*arguments: str) -> list[str]:
    return [*SNAKEMAKE, "--configfile", "overlay.yaml", *arguments]


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake to its end, and return what it said."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def succeed(folder: Path, *arguments: str) -> str:
    done = snakemake(folder, *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start Snakemake in a process group of its own; what it says goes to snakemake.out."""
    with (folder / "snakemake.out").open("wb") as out:
        return subprocess.Popen(
            command(*arguments), cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )


def said(folder: Path) -> str:
    """What the Snakemake that was started has said so far."""
    return (folder / "snakemake.out").read_text(errors="replace")


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the process and all that it started; returns when nothing of it is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: process.pid not in map(session, psutil.pids()), seconds=10)


def session(pid: int) -> int | None:
    """The session of a process, None if it is over."""
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        return None if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE else os.getsid(pid)
    return None


def wait_for(what: Callable[[], object], seconds: float = 300) -> None:
    """Wait until `what` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain"
        time.sleep(0.05)


def results(folder: Path) -> list[Path]:
    return sorted(file for file in (folder / "results").rglob("*") if file.is_file())


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each result, by its path in the project."""
    named = ((str(file.relative_to(folder)), file) for file in results(folder))
    return {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in named
        if not VARYING.search(name)
    }


def versions(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of each result: a file that is made again has others."""
    return {
        str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in results(folder)
    }


def planned(output: str) -> dict[str, int]:
    """Jobs by rule, from Snakemake's table of job statistics."""
    table = re.search(r"^Job stats:\n(.*?)^total ", output, re.MULTILINE | re.DOTALL)
    if table is None:
        return {}
    return {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table[1], re.MULTILINE)}


def finished(output: str) -> list[str]:
    """The rule of each job that Snakemake has seen end well."""
    return re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", output, re.MULTILINE)
