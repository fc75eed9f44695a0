"""What code a result depends on."""

import hashlib
import os
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

#: An import of this package's modules, wherever it stands; the names may take several lines in parentheses.
IMPORT = re.compile(
    r"^\s*(?:import (softkmeans\.[\w.]+)|from (softkmeans[\w.]*) import (\([^)]*\)|.*))", re.MULTILINE
)

#: A data file or a folder that the code names.
NAMED = re.compile(r'"(\w+\.csv|\w+\.npz|templates)"')


@cache
def code_digest(script: Path) -> str:
    """SHA-256 of a script and of all modules of this package that it imports, directly or not.

    Data files that stand in ``data/`` count for the modules that name them, and templates for the module
    beside them. Every edit counts, one of a comment too: to tell which edits leave results alone would take
    longer at each start than it saves. ``snakemake --rerun-triggers mtime`` overlooks all edits.
    """
    found: dict[Path, bytes] = {}
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_bytes()
            waiting.extend(needed(path))
    # Named by their places in the package, so that it does not matter where the package lies.
    named = {os.path.relpath(path, PACKAGE) if path != script else "": text for path, text in found.items()}
    digest = hashlib.sha256()
    for name in sorted(named):
        digest.update(f"{name}\n".encode() + named[name])
    return digest.hexdigest()


@cache
def needed(path: Path) -> frozenset[Path]:
    """Modules of this package that a file imports, wherever in its source, and the data that it names."""
    if path.suffix != ".py":
        return frozenset()
    source = path.read_text(encoding="utf-8")
    names = set()
    for module, base, imported in IMPORT.findall(source):
        names |= {module, base, *(f"{base}.{name}" for name in re.findall(r"\w+", imported))}
    own = {name.removeprefix("softkmeans.") for name in names if name.startswith("softkmeans.")}
    found = {file for name in own if (file := _module(name)) is not None}
    for name in NAMED.findall(source):
        templates = (path.parent / "templates").glob("*.j2") if name == "templates" else ()
        found |= {file for file in (PACKAGE / "data" / name, *templates) if file.is_file()}
    return frozenset(found)


def _module(name: str) -> Path | None:
    base = PACKAGE.joinpath(*name.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)
