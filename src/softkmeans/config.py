"""The experiment as asked for: a checked configuration, or every error in it with its file and line.

`read` is the entry, and `check_readable` for files that are yet to be merged. The shape of the configuration
stands in a JSON Schema and in the dataclasses below, so a new block of keys is an entry in each.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator
from yaml.composer import ComposerError

from softkmeans.errors import DataError
from softkmeans.mirrors import Mirror, is_address
from softkmeans.names import nearest_name
from softkmeans.own import OwnData, read_own
from softkmeans.temperatures import Temperature, number
from softkmeans.typing import Floats

KeyPath = tuple[Any, ...]
Errors = Iterator[ValidationError]

LARGE = 20 * 10**6
"""Bytes; a file of points or labels that is larger is read by its job only."""


class ConfigError(Exception):
    """The configuration is wrong; the message has a line for each error."""


@dataclass(frozen=True)
class DataConfig:
    """Where the data sets come from."""

    source: str
    mirrors: tuple[Mirror, ...]
    own: Mapping[str, OwnData] = field(default_factory=dict)


@dataclass(frozen=True)
class SolverConfig:
    """When iterations stop."""

    tolerance: float
    max_iterations: int


@dataclass(frozen=True)
class Paper1Config:
    """The experiment of Inoue & Hara (2020); `n_clusters` None is the data set's own number."""

    dataset: str
    methods: tuple[str, ...]
    temperature: Temperature
    repeats: int
    n_clusters: int | None = None


@dataclass(frozen=True)
class Sigmas:
    """A range of σ, in standardised data."""

    largest: float
    smallest: float
    number: int

    def values(self) -> Floats:
        """σ falling geometrically, (number,)."""
        return np.sort(np.geomspace(self.largest, self.smallest, self.number))[::-1]


@dataclass(frozen=True)
class Paper2Config:
    """The experiments of Félix, Ucan-Puc, Astengo (2026); `learning_rate` None is a step of 1/(2 Σ r)."""

    datasets: tuple[str, ...]
    initialisation: str
    starts: int
    sigmas: Sigmas
    learning_rate: float | None = None


@dataclass(frozen=True)
class Config:
    """The whole experiment."""

    seed: int
    data: DataConfig
    solver: SolverConfig
    paper1: Paper1Config
    paper2: Paper2Config


def check_readable(*files: Path) -> None:
    """Check that each file holds a mapping in YAML.

    Raises
    ------
    ConfigError
        With file, line and reason of each that does not.
    """
    sources = [_Source(file) for file in files]
    unreadable = [(rank, source) for rank, source in enumerate(sources) if not source.readable]
    _refuse([(rank, line, text) for rank, source in unreadable for line, text in source.problems], files)


def read(
    config: Mapping[str, Any],
    files: Sequence[Path],
    schema: Path,
    *,
    datasets: Mapping[str, tuple[int, int]],
    methods: Collection[str],
    initialisations: Collection[str],
) -> Config:
    """Check a configuration against the schema, the names that exist, and the user's own data sets.

    Parameters
    ----------
    config : mapping
        The configuration, all files and command-line overrides merged.
    files : sequence of Path
        The files it was merged from, the last overriding the others. They only tell where a value stands: one
        that none of them holds came from `--config`.
    schema : Path
        The JSON Schema, in YAML.
    datasets : mapping of str to (int, int)
        Number of points and of clusters of each catalogued data set.
    methods, initialisations : collection of str
        The registered names.

    Returns
    -------
    Config
        The configuration with its defaults filled in.

    Raises
    ------
    ConfigError
        If anything is wrong, with a line for each error, in the order of the files.
    """
    sources = [_Source(file) for file in files]
    problems = [(rank, line, text) for rank, source in enumerate(sources) for line, text in source.problems]
    if all(source.readable for source in sources):
        validator = _validator(schema, config, datasets, methods, initialisations)
        for error in validator.iter_errors(config):
            path = tuple(error.absolute_path)
            problems.append((*_place(path, config, sources), f"{_dotted(path)}: {_explain(error)}"))
    _refuse(problems, files)
    checked: Config = _build(Config, config)
    return checked


def _refuse(problems: Collection[tuple[int, int, str]], files: Sequence[Path]) -> None:
    """Raise an error of all problems, if any: (rank of the file, line, text)."""
    if problems:
        raise ConfigError(
            "\n".join(
                f"{_relative(files[rank])}:{line}: {text}" if rank < len(files) else f"--config: {text}"
                for rank, line, text in sorted(set(problems))
            )
        )


class _Loader(yaml.SafeLoader):
    """PyYAML's loader, that refuses what holds itself (`a: &a [*a]`)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        node = super().compose_node(parent, index)
        if node is not None and node.end_mark is None:  # its end is not yet reached
            raise ComposerError(problem="what begins here holds itself", problem_mark=node.start_mark)
        return node


class _Source:
    """A configuration file: what it holds, on which lines, and what keeps it from being read."""

    def __init__(self, file: Path) -> None:
        self.data: Any = None
        self.problems: list[tuple[int, str]] = []
        try:
            self._loader = _Loader(file.read_text(encoding="utf-8"))
            self._root = self._loader.get_single_node()
            if self._root is not None:
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
                what = "it is empty" if self.data is None else f"got {_shown(self.data)}"
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
        return all(isinstance(tree, Mapping) for tree in (mine, merged)) or _same(mine, merged)

    def _entries(self, node: yaml.Node | None) -> Iterator[tuple[Hashable, tuple[yaml.Node, int]]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = self._loader.construct_object(key, deep=True)
                yield name, (value, key.start_mark.line + 1)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield index, (value, value.start_mark.line + 1)


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
                    yield line, f"{_dotted((*path, key.value))}: given twice, first on line {first[name]}"
                first.setdefault(name, line)


def _validator(
    schema: Path,
    config: Mapping[str, Any],
    datasets: Mapping[str, tuple[int, int]],
    methods: Collection[str],
    initialisations: Collection[str],
) -> Validator:
    """Make a JSON Schema validator that knows the formats and keywords which the schema's head explains."""
    own = config.get("data")
    own = own.get("own") if isinstance(own, Mapping) else None
    own = {name: own[name] for name in own if _is_name(name)} if isinstance(own, Mapping) else {}
    sizes = {name: n_points for name, (n_points, _) in datasets.items()}
    faults: dict[str, str] = {}
    formats: Mapping[str, Callable[[Any], str | None]] = {
        "dataset": partial(_check_name, names=dict.fromkeys([*datasets, *own])),
        "method": partial(_check_name, names=methods),
        "initialisation": partial(_check_name, names=initialisations),
        "temperature": _check_temperature,
        "address": lambda url: None if isinstance(url, str) and is_address(url) else "",
        "file": _check_file,
        "new-name": partial(_check_new_name, taken=datasets),
    }

    def format_(_: Validator, name: str, value: Any, __: object) -> Errors:
        hint = formats[name](value)
        if hint is not None:
            yield ValidationError(hint)

    def clusters_of(_: Validator, key: str, block: Any, __: object) -> Errors:
        if not isinstance(block, Mapping) or block.get(key) not in list(sizes):
            return
        n_points = sizes[block[key]]
        n_clusters = number(block.get("n_clusters"))
        if n_clusters is not None and n_clusters > n_points:
            yield ValidationError(
                f"expected at most {n_points}, the points of {block[key]}, got {n_clusters}",
                path=["n_clusters"],
            )

    def own_files(_: Validator, __: bool, ___: object, ____: object) -> Errors:
        for name, fault in faults.items():
            yield ValidationError(fault, path=[name, "path"])

    make = validators.create(
        meta_schema=Draft202012Validator.META_SCHEMA,
        validators={
            **Draft202012Validator.VALIDATORS,
            **_KEYWORDS,
            "format": format_,
            "clustersOf": clusters_of,
            "ownFiles": own_files,
        },
        type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(_TYPES),
    )
    validator = make(yaml.safe_load(schema.read_text(encoding="utf-8")))
    entries = validator.evolve(schema={"$ref": "#/$defs/own"})
    for name, entry in own.items():
        if name not in datasets and entries.is_valid(entry):
            try:
                if n_points := _n_points(_build(OwnData, entry)):
                    sizes[name] = n_points
            except DataError as error:
                faults[name] = " ".join(str(error).split())
    return validator


def _n_points(own: OwnData) -> int | None:
    """Read a data set of the user's and count its points; None if that would take long."""
    files = [file for file in (own.path, own.labels) if file]
    return None if any(file.stat().st_size > LARGE for file in files) else len(read_own(own)[0])


def _explain(error: ValidationError) -> str:
    """Word an error: the keywords of our own have done so, the others go by the schema's description."""
    if error.validator in {"additionalProperties", "required", "uniqueItems", "clustersOf", "ownFiles"}:
        return error.message
    schema: Any = error.schema
    hint = error.message if error.validator == "format" else _nearest(error.instance, schema.get("enum", ()))
    return f"expected {schema['description']}, got {_shown(error.instance)}{hint}"


def _no_other_keys(validator: Validator, rest: Any, block: Any, schema: Mapping[str, Any]) -> Errors:
    if rest is not False:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, rest, block, schema)
    elif isinstance(block, Mapping):
        known = schema["properties"]
        for key in block:
            if key not in known:
                yield ValidationError(f"unknown key{_choice(key, known)}", path=[key])


def _required_keys(_: Validator, required: Sequence[str], block: Any, __: object) -> Errors:
    if isinstance(block, Mapping):
        for key in required:
            if key not in block:
                yield ValidationError("missing", path=[key])


def _unique_items(_: Validator, unique: bool, items: Any, __: object) -> Errors:
    if unique and isinstance(items, list):
        for index, item in enumerate(items):
            if any(_same(item, earlier) for earlier in items[:index]):
                yield ValidationError(f"{_shown(item)} is given twice", path=[index])


def _named_keys(validator: Any, names: Any, block: Any, _: object) -> Errors:
    """Check the names of keys as JSON Schema does, but give each the key's path."""
    if isinstance(block, Mapping):
        for key in block:
            yield from validator.descend(key, names, path=key)


def _limit(keyword: str) -> Callable[..., Errors]:
    """Make a limit hold for numbers that are written as text too."""
    check = Draft202012Validator.VALIDATORS[keyword]

    def limit(validator: Validator, bound: float, value: object, schema: Mapping[str, Any]) -> Errors:
        yield from check(validator, bound, number(value), schema)

    return limit


_KEYWORDS: Mapping[str, Callable[..., Errors]] = {
    "additionalProperties": _no_other_keys,
    "required": _required_keys,
    "uniqueItems": _unique_items,
    "propertyNames": _named_keys,
    **{
        keyword: _limit(keyword) for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    },
}

_TYPES: Mapping[str, Callable[[object, object], bool]] = {
    "object": lambda _, value: isinstance(value, Mapping),
    "number": lambda _, value: number(value) is not None,
    "integer": lambda _, value: (n := number(value)) is not None and n == int(n),
}


# The formats: each check gives None for a right value, else what to add to the complaint, if only "".


def _check_name(value: object, names: Collection[str]) -> str | None:
    return None if value in list(names) else _choice(value, names)


def _check_temperature(value: object) -> str | None:
    try:
        Temperature.parse(value)
    except ValueError:
        text = str(value).strip()
        unit = text.lstrip("+-.0123456789eE ")
        value_ = number(text.removesuffix(unit))
        return f"; did you mean {value_} Tc?" if value_ and value_ > 0 and _nearest(unit, ["Tc"]) else ""
    return None


def _check_file(value: object) -> str | None:
    if not isinstance(value, str):
        return ""
    path = Path(value)
    try:
        files = (str(file) for file in path.parent.glob("*") if file.is_file())
        return None if path.is_file() else _nearest(value, files)
    except (OSError, ValueError):
        return ""


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[a-z0-9][a-z0-9_-]*", value) is not None


def _check_new_name(value: Any, taken: Collection[str]) -> str | None:
    if _is_name(value):
        return "" if value in taken else None
    better = re.sub("[^a-z0-9_-]+", "-", str(value).lower()).strip("_-")
    quoted = better if isinstance(value, str) else f'"{better}"'  # 2020 is a number to YAML
    return f"; did you mean {quoted}?" if better and better not in taken else ""


def _build(kind: Any, value: Any) -> Any:
    """Turn a checked value into the type that a dataclass declares."""
    if kind is Temperature:
        return Temperature.parse(value)
    if is_dataclass(kind):
        kinds = get_type_hints(kind)
        return kind(**{key: _build(kinds[key], item) for key, item in value.items()})  # type: ignore[operator]
    if kind in (int, float):
        return kind(number(value))
    inner = get_args(kind)
    if isinstance(kind, UnionType):  # X | None, and None is never written
        return _build(inner[0], value)
    if get_origin(kind) is tuple:
        return tuple(_build(inner[0], item) for item in value)
    if get_origin(kind) is Mapping:
        return {key: _build(inner[1], item) for key, item in value.items()}
    return kind(value)


def _place(path: KeyPath, config: Any, sources: Sequence[_Source]) -> tuple[int, int]:
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


def _same(a: Any, b: Any) -> bool:
    """Compare as configuration: 1e9 and "1e9" are one value, 1 and true are not."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return repr(a) == repr(b) or (number(a) is not None and number(a) == number(b))


def _nearest(value: object, names: Iterable[str]) -> str:
    """Suggest the name closest to a value, as the end of a sentence."""
    near = nearest_name(value, names) if isinstance(value, str) else None
    return f"; did you mean {near}?" if near else ""


def _choice(value: object, names: Collection[str]) -> str:
    """Suggest the closest name and list them all."""
    return f"{_nearest(value, names) or ';'} one of: {', '.join(names)}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Mapping():
            return "a mapping"
        case []:
            return "an empty list"
        case list():
            return "a list"
        case _:
            text = repr(value)
            return text if len(text) <= 80 else f"{text[:79]}…"


def _dotted(path: KeyPath) -> str:
    """Spell a path as paper1.methods[2]."""

    def spell(step: object) -> str:
        if isinstance(step, int):
            return f"[{step}]"
        return f".{step}" if re.fullmatch(r"[\w-]+", str(step)) else f".{step!r}"

    return "".join(map(spell, path)).removeprefix(".")


def _relative(file: Path) -> Path:
    """Shorten the name of a file in the working folder."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
