"""The configuration against its JSON Schema: keywords and formats of our own, and errors in plain words."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator

from softkmeans.clustering.temperatures import Temperature, number
from softkmeans.data.mirrors import is_address
from softkmeans.data.own import OwnData, read_own
from softkmeans.errors import DataError, nearest_name

Errors = Iterator[ValidationError]


LARGE = 20 * 10**6
"""Bytes; a file of points or labels that is larger is read by its job only."""


def make_validator(
    schema: Path,
    config: Mapping[str, Any],
    datasets: Mapping[str, tuple[int, int]],
    methods: Collection[str],
    initialisations: Collection[str],
    families: Collection[str] = (),
) -> Validator:
    """Make a JSON Schema validator that knows the formats and keywords which the schema's head explains."""
    own = config.get("data")
    own = own.get("own") if isinstance(own, Mapping) else None
    own = {name: own[name] for name in own if _is_name(name)} if isinstance(own, Mapping) else {}
    sizes = {name: n_points for name, (n_points, _) in datasets.items()}
    faults: dict[str, str] = {}
    known = list(dict.fromkeys([*datasets, *own]))
    sets = list(dict.fromkeys([*families, *known]))
    formats: Mapping[str, Callable[[Any], str | None]] = {
        "dataset": partial(_check_name, names=known),
        "datasets": partial(_check_name, names=sets),
        "method": partial(_check_name, names=methods),
        "methods": partial(_check_name, names=["all", *methods]),
        "initialisation": partial(_check_name, names=initialisations),
        "initialisations": partial(_check_name, names=["all", *initialisations]),
        "temperature": _check_temperature,
        "address": lambda url: None if isinstance(url, str) and is_address(url) else "",
        "file": _check_file,
        "new-name": partial(_check_new_name, taken=[*datasets, *families]),
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
                if n_points := _n_points(_own(entry)):
                    sizes[name] = n_points
            except DataError as error:
                faults[name] = " ".join(str(error).split())
    return validator


def _own(entry: Mapping[str, Any]) -> OwnData:
    """The entry of an own data set that has passed the schema."""
    labels = entry.get("labels")
    return OwnData(
        Path(entry["path"]), int(number(entry["n_clusters"]) or 0), Path(labels) if labels else None
    )


def _n_points(own: OwnData) -> int | None:
    """Read a data set of the user's and count its points; None if that would take long."""
    files = [file for file in (own.path, own.labels) if file]
    return None if any(file.stat().st_size > LARGE for file in files) else len(read_own(own)[0])


def explain(error: ValidationError) -> str:
    """Word an error: the keywords of our own have done so, the others go by the schema's description."""
    if error.validator in {
        "additionalProperties",
        "required",
        "uniqueItems",
        "clustersOf",
        "ownFiles",
        "falls",
    }:
        return error.message
    schema: Any = error.schema
    hint = error.message if error.validator == "format" else _nearest(error.instance, schema.get("enum", ()))
    return f"expected {schema['description']}, got {shown(error.instance)}{hint}"


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
            if any(same(item, earlier) for earlier in items[:index]):
                yield ValidationError(f"{shown(item)} is given twice", path=[index])


def _named_keys(validator: Any, names: Any, block: Any, _: object) -> Errors:
    """Check the names of keys as JSON Schema does, but give each the key's path."""
    if isinstance(block, Mapping):
        for key in block:
            yield from validator.descend(key, names, path=key)


def _one_or_each(validator: Any, names: Any, value: Any, _: object) -> Errors:
    """Check a name that stands alone, or each of a list."""
    if isinstance(value, str):
        yield from validator.descend(value, names)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from validator.descend(item, names, path=index)


def _falls(_: Validator, keys: Sequence[str], block: Any, __: object) -> Errors:
    """Check that temperatures do not rise, where they have one unit."""
    try:
        upper, lower = (Temperature.parse(block[key]) for key in keys)
    except (TypeError, KeyError, ValueError):
        return  # which is an error of its own
    if upper.relative == lower.relative and lower.value > upper.value:
        yield ValidationError(f"expected no more than {keys[0]}, got {shown(block[keys[1]])}", path=[keys[1]])


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
    "oneOrEach": _one_or_each,
    "falls": _falls,
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


def _nearest(value: object, names: Iterable[str]) -> str:
    """Suggest the name closest to a value, as the end of a sentence."""
    near = nearest_name(value, names) if isinstance(value, str) else None
    return f"; did you mean {near}?" if near else ""


def _choice(value: object, names: Collection[str]) -> str:
    """Suggest the closest name and list them all."""
    return f"{_nearest(value, names) or ';'} one of: {', '.join(names)}"


def shown(value: object) -> str:
    """Word a value for a message."""
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


def same(a: Any, b: Any) -> bool:
    """Compare as configuration: 1e9 and "1e9" are one value, 1 and true are not."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return repr(a) == repr(b) or (number(a) is not None and number(a) == number(b))
