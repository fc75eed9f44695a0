"""Where in the configuration's files a value stands, and what keeps a file from being read."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError

from softkmeans.config_schema import same, shown

KeyPath = tuple[Any, ...]

MOST_VALUES = 100_000
"""That a file may hold, an alias counted as all it stands for: a few lines of them can stand for billions."""


class _Loader(yaml.SafeLoader):
    """PyYAML's loader, that refuses what holds itself (`a: &a [*a]`)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        node = super().compose_node(parent, index)
        if node is not None and node.end_mark is None:  # its end is not yet reached
            raise ComposerError(problem="what begins here holds itself", problem_mark=node.start_mark)
        return node


class Source:
    """A configuration file: what it holds, on which lines, and what keeps it from being read."""

    def __init__(self, file: Path) -> None:
        self.data: Any = None
        self.problems: list[tuple[int, str]] = []
        try:
            self._loader = _Loader(file.read_text(encoding="utf-8"))
            self._root = self._loader.get_single_node()
            if self._root is not None:
                _refuse_many(self._root)
                self.problems = list(_repeated_keys(self._root))
                self.data = self._loader.construct_document(self._root)  # merges << into the nodes too
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self.problems = [(line, "not text in UTF-8")]
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or " ".join(str(error).split())
            self.problems = [(mark.line + 1 if mark else 1, f"not valid YAML: {reason}")]
        except OSError as error:
            self.problems = [(1, f"cannot be read: {error.strerror}")]
        except (ValueError, LookupError, AttributeError, RecursionError) as error:
            # What PyYAML lets through for scalars such as 2020-13-01 and !!bool perhaps.
            self.problems = [(1, f"not valid YAML: {' '.join(str(error).split())}")]
        else:
            if not isinstance(self.data, Mapping):
                what = "it is empty" if self.data is None else f"got {shown(self.data)}"
                self.problems = [(1, f"expected a mapping of keys to values, {what}")]
        self.readable = isinstance(self.data, Mapping)

    def line(self, path: KeyPath) -> int | None:
        """Find the line of a key; None if the file does not have it."""
        node, line = self._root, 1
        for step in path:
            entries = dict(self._entries(node))
            if step not in entries:
                return None
            node, line = entries[step]
        return line

    def holds(self, path: KeyPath, config: Any) -> bool:
        """Tell whether the value `config` has at `path`, a path of the file too, is the file's."""
        mine, merged = self.data, config
        for step in path:
            if not (isinstance(mine, Mapping) and isinstance(merged, Mapping)):
                break  # lists are replaced whole, so they are compared whole
            mine, merged = mine[step], merged[step]
        return all(isinstance(tree, Mapping) for tree in (mine, merged)) or same(mine, merged)

    def _entries(self, node: yaml.Node | None) -> Iterator[tuple[Hashable, tuple[yaml.Node, int]]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = self._loader.construct_object(key, deep=True)
                yield name, (value, key.start_mark.line + 1)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield index, (value, value.start_mark.line + 1)


def _refuse_many(root: yaml.Node) -> None:
    """Raise an error if the document, with its aliases written out, has more than `MOST_VALUES`."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            value = node.value if isinstance(node, yaml.CollectionNode) else ()
            parts = (part for item in value for part in (item if isinstance(item, tuple) else (item,)))
            sizes[id(node)] = 1 + sum(map(size, parts))
        return sizes[id(node)]

    if size(root) > MOST_VALUES:
        raise ComposerError(
            problem=f"more than {MOST_VALUES} values, aliases written out", problem_mark=root.start_mark
        )


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yield a problem for each key that a mapping has twice: PyYAML takes the last in silence."""
    pending: list[tuple[KeyPath, yaml.Node]] = [((), root)]
    seen = set()  # an alias can make the document a graph
    while pending:
        path, node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending += (((*path, index), item) for index, item in enumerate(node.value))
        elif isinstance(node, yaml.MappingNode):
            first: dict[tuple[str, str], int] = {}
            for key, value in node.value:
                pending.append(((*path, key.value), value))
                if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                    continue
                line, name = key.start_mark.line + 1, (key.tag, key.value)
                if name in first:
                    yield line, f"{dotted((*path, key.value))}: given twice, first on line {first[name]}"
                first.setdefault(name, line)


def place(path: KeyPath, config: Any, sources: Sequence[Source]) -> tuple[int, int]:
    """Find the rank of the file that gave the value at `path`, after the last for none, and the line."""
    while not _has(config, path):  # a missing key is told where the mapping that wants it stands
        path = path[:-1]
    for rank, source in reversed(list(enumerate(sources))):
        line = source.line(path)
        if line is not None:
            return (rank, line) if source.holds(path, config) else (len(sources), 0)
    return len(sources), 0


def _has(tree: Any, path: KeyPath) -> bool:
    for step in path:
        if isinstance(tree, Mapping):
            if step not in tree:
                return False
        elif not isinstance(tree, list):
            return False
        tree = tree[step]
    return True


def dotted(path: KeyPath) -> str:
    """Spell a path as paper1.methods[2]."""

    def spell(step: object) -> str:
        if isinstance(step, int):
            return f"[{step}]"
        return f".{step}" if re.fullmatch(r"[\w-]+", str(step)) else f".{step!r}"

    return "".join(map(spell, path)).removeprefix(".")


def relative(file: Path) -> Path:
    """Shorten the name of a file in the working folder."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
