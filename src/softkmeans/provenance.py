"""What code a result depends on."""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


def code_digest(*modules: str) -> str:
    """SHA-256 of the named modules of this package and of all its modules that they import.

    It changes with whatever could change a result, and with nothing else: other modules, comments and
    white space do not count. Data files that stand beside the code in ``data/`` count for the modules that
    name them.

    Parameters
    ----------
    *modules : str
        Without the package's name: ``"solver"``, ``"figures.paper1"``.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module.
    """
    digest = hashlib.sha256()
    for name in sorted(_closure(modules)):
        digest.update(f"{name}\n{_content(name)}\n".encode())
    return digest.hexdigest()


def imports(module: str) -> frozenset[str]:
    """Modules of this package that `module` imports, wherever in its source."""
    found = set()
    for node in ast.walk(_tree(module)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.removeprefix("softkmeans.") for name in names if name.startswith("softkmeans.")}
    return frozenset(name for name in found if _source(name) is not None)


def _closure(modules: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(imports(name))
    return found


def _source(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@cache
def _tree(module: str) -> ast.Module:
    path = _source(module)
    if path is None:
        raise ModuleNotFoundError(f"softkmeans has no module {module!r}")
    return ast.parse(path.read_bytes())


def _content(module: str) -> str:
    """Source without comments, and digests of the data files that it names."""
    tree = _tree(module)
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    files = [PACKAGE / "data" / name for name in sorted(strings) if name.endswith((".csv", ".npz"))]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()]
    return "\n".join([ast.dump(tree), *digests])
