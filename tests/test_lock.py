"""The lock pins what the constraints do, and a changed byte is refused."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from driving import ROOT

PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def pins(file):
    """Version of each package, by its normal name."""
    found = PINNED.findall((ROOT / file).read_text())
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def wheel(folder):
    """The smallest wheel there is."""
    file = folder / "demo-1.0-py3-none-any.whl"
    with ZipFile(file, "w") as archive:
        archive.writestr("demo.py", "value = 1\n")
        archive.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr(
            "demo-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("demo-1.0.dist-info/RECORD", "demo.py,,\ndemo-1.0.dist-info/METADATA,,\n")
    return file


def install(lock, folder):
    options = ["--dry-run", "--no-index", "--find-links", folder, "--require-hashes", "-r", lock]
    command = [sys.executable, "-m", "pip", "--isolated", "install", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_the_lock_has_the_versions_of_the_constraints():
    locked, constrained = pins("requirements.lock"), pins("constraints.txt")
    only_locked = {"colorama", "pyreadline3", "setuptools"}  # two for Windows; one to build the package
    assert {name: version for name, version in locked.items() if name not in only_locked} == {
        name: version for name, version in constrained.items() if name in locked
    }
    assert only_locked < set(locked)


def test_every_package_of_the_lock_has_hashes():
    entries = re.split(r"\n(?=[\w.-]+==)", (ROOT / "requirements.lock").read_text())
    assert len(entries) > 80
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_a_flipped_byte_is_refused(tmp_path: Path):
    file = wheel(tmp_path)
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"demo==1.0 \\\n    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n")
    assert install(lock, tmp_path).returncode == 0
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    done = install(lock, tmp_path)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
