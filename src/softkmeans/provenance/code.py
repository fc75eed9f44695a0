"""What code a result depends on."""

import ast
import hashlib
import os
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

#: Module that registers claims; the docstring of a claim's function is shown with it.
LEDGER = "softkmeans.report.ledger"


@cache
def code_digest(script: Path) -> str:
    """SHA-256 of a script and of all modules of this package that it imports, directly or not.

    It changes with whatever could change a result, and with nothing else: comments and white space do not
    count, and docstrings only in modules that register claims, whose docstrings are shown. Data files that
    stand beside the code in ``data/`` count for the modules that name them, and templates for the module
    beside them.
    """
    found: dict[Path, str] = {}
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = _content(path)
            waiting.extend(imports(path))
    # Named by their places in the package, so that it does not matter where the package lies.
    named = {os.path.relpath(path, PACKAGE) if path != script else "": text for path, text in found.items()}
    digest = hashlib.sha256()
    for name in sorted(named):
        digest.update(f"{name}\n{named[name]}\n".encode())
    return digest.hexdigest()


@cache
def imports(path: Path) -> frozenset[Path]:
    """Modules of this package that a file imports, wherever in its source."""
    names = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    own = {name.removeprefix("softkmeans.") for name in names if name.startswith("softkmeans.")}
    return frozenset(file for name in own if (file := _source(name)) is not None)


def _source(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@cache
def _tree(path: Path) -> ast.Module:
    """Parse a file, and drop its docstrings unless it registers claims."""
    tree = ast.parse(path.read_bytes())
    if _registers_claims(tree):
        return tree
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [line for line in body if not _is_text(line)]
            node.body = kept  # type: ignore[attr-defined]
    return tree


def _registers_claims(tree: ast.Module) -> bool:
    """Whether a module imports the function that registers claims."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == LEDGER
        and "register" in {alias.name for alias in node.names}
        for node in tree.body
    )


def _is_text(line: ast.AST) -> bool:
    """Whether a statement is a bare string."""
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


@cache
def _content(path: Path) -> str:
    """Code, and digests of the data files that it names and of the templates beside it."""
    tree = _tree(path)
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    files = [PACKAGE / "data" / name for name in sorted(strings) if name.endswith((".csv", ".npz"))]
    if "templates" in strings:
        files += sorted((path.parent / "templates").glob("*.j2"))
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()]
    return "\n".join([ast.dump(tree), *digests])
