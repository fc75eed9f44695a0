"""Files that appear whole or not at all, and files of YAML with the lines of their keys."""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from softkmeans.errors import ConfigError, DataError

_UNFINISHED = ".unfinished-"

#: Keys and indices that lead from a whole document to a value in it.
KeyPath = tuple[str | int, ...]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; if the block succeeds, rename what was written there to `path`.

    The folder is made if it is missing. The temporary path has the suffix of `path`, since writers go by it.
    After a failure `path` is unchanged and the temporary file is gone. A process that is killed leaves the
    temporary file, which `remove_unfinished` deletes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}{_UNFINISHED}{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, path)  # noqa: PTH105 (as atomic on Windows)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_unfinished(folder: Path, unchanged_for: float = 0.0) -> None:
    """Remove the temporary files that killed processes left in `folder` and below.

    Where others may be writing, only files that have not changed for `unchanged_for` seconds are removed.
    """
    newest = time.time() - unchanged_for
    for file in folder.rglob(f".*{_UNFINISHED}*"):
        with suppress(OSError):  # its writer has just finished it, or it is another user's
            if file.stat().st_mtime <= newest:
                file.unlink()


def check_writable(folder: Path) -> None:
    """Check that files can be made in `folder`, or else in its nearest parent that exists.

    Raises
    ------
    DataError
        If they cannot; the message gives the reason.
    """
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise DataError(f"{folder} cannot be written to: {error.strerror}") from error


@dataclass(frozen=True)
class Yaml:
    """A file of keys and values: what it holds, and on which line each key and list item stands."""

    name: str
    data: Mapping[str, Any]
    lines: Mapping[str, int]

    def line(self, path: KeyPath) -> int | None:
        """Give the line of a key, None if the file does not have it."""
        return self.lines.get(_text(path))


def read_yaml(file: Path) -> Yaml:
    """Read a file of keys and values.

    Raises
    ------
    ConfigError
        With file, line and reason, if it is not YAML, holds no mapping, or has a key twice.
    """

    def error(line: int, reason: str) -> ConfigError:
        return ConfigError(f"{os.path.relpath(file)}:{line}: {reason}")

    try:
        loader = yaml.SafeLoader(file.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        lines: dict[str, int] = {}
        for path, line in _key_lines(root):
            if first := lines.get(_text(path)):
                raise error(line, f"{dotted(path)}: given twice, first on line {first}")
            lines[_text(path)] = line
        data = root and loader.construct_document(root)  # this also expands << in the nodes
        lines |= {_text(path): line for path, line in _key_lines(root)}
    except UnicodeDecodeError as fault:
        raise error(fault.object.count(b"\n", 0, fault.start) + 1, "not text in UTF-8") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        reason = getattr(fault, "problem", None) or " ".join(str(fault).split())
        raise error(mark.line + 1 if mark else 1, f"not valid YAML: {reason}") from None
    except OSError as fault:
        raise error(1, f"cannot be read: {fault.strerror}") from None
    except (ValueError, LookupError, RecursionError) as fault:  # from a scalar such as 2020-13-01
        raise error(1, f"not valid YAML: {fault}") from None
    if not isinstance(data, Mapping):
        raise error(1, "must hold a mapping of keys to values")
    return Yaml(os.path.relpath(file), data, {"": 1, **lines})


def _key_lines(node: yaml.Node | None, above: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    """Yield the path and the line of each key and list item below a node."""
    below: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        below = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(index, item, item) for index, item in enumerate(node.value)]
    for step, start, value in below:
        yield (*above, step), start.start_mark.line + 1
        yield from _key_lines(value, (*above, step))


def _text(path: KeyPath) -> str:
    return "\n".join(map(str, path))


def reach(tree: Any, path: KeyPath) -> tuple[KeyPath, Any]:
    """Follow a path as far as the tree has it; return that part of the path, and the value there."""
    for depth, step in enumerate(path):
        inside = tree if isinstance(tree, Mapping) else range(len(tree)) if isinstance(tree, list) else ()
        if step not in inside:
            return path[:depth], tree
        tree = tree[step]
    return path, tree


def dotted(path: KeyPath) -> str:
    """Write a path as a user would.

    Examples
    --------
    >>> dotted(("paper1", "methods", 2)), dotted(("own", "my set"))
    ('paper1.methods[2]', "own.'my set'")
    """

    def spell(step: str | int) -> str:
        if isinstance(step, int):
            return f"[{step}]"
        return f".{step}" if re.fullmatch(r"[\w-]+", step) else f".{step!r}"

    return "".join(map(spell, path)).removeprefix(".")
