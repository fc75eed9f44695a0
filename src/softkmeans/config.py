"""The experiment as asked for: a checked configuration, or every error in it with its file and line.

`read` is the entry. The shape of the configuration stands in a JSON Schema and in the dataclasses below, so a
new block of keys is an entry in each.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.temperatures import Temperature, number
from softkmeans.config_files import Source, dotted, place, relative
from softkmeans.config_schema import explain, make_validator
from softkmeans.data.mirrors import Mirror
from softkmeans.data.own import OwnData


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
class Annealed:
    """Runs that cool from the highest temperature to the lowest, by a factor a level.

    `tolerance` is a level's: near a split the objective falls slowly.
    """

    methods: tuple[str, ...]
    highest: Temperature
    lowest: Temperature
    factor: float
    tolerance: float


@dataclass(frozen=True)
class Published:
    """Repeats of K-means from random points beside published results, 0 for none."""

    repeats: int
    repeats_of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SweepConfig:
    """Methods × initialisations × temperatures × repeats; `repeats_of` is by data set or family."""

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    initialisations: tuple[str, ...]
    temperatures: tuple[Temperature, ...]
    repeats: int
    trace: str
    annealed: Annealed
    published: Published
    repeats_of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """The whole experiment."""

    seed: int
    data: DataConfig
    solver: SolverConfig
    paper1: Paper1Config
    paper2: Paper2Config
    sweep: SweepConfig


def check_readable(*files: Path) -> None:
    """Check that each file holds a mapping in YAML.

    Raises
    ------
    ConfigError
        With file, line and reason of each that does not.
    """
    sources = [Source(file) for file in files]
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
    families: Collection[str] = (),
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
    families : collection of str
        Names that each stand for several data sets.

    Returns
    -------
    Config
        The configuration with its defaults filled in.

    Raises
    ------
    ConfigError
        If anything is wrong, with a line for each error, in the order of the files.
    """
    sources = [Source(file) for file in files]
    problems = [(rank, line, text) for rank, source in enumerate(sources) for line, text in source.problems]
    if all(source.readable for source in sources):
        validator = make_validator(schema, config, datasets, methods, initialisations, families)
        for error in validator.iter_errors(config):
            path = tuple(error.absolute_path)
            problems.append((*place(path, config, sources), f"{dotted(path)}: {explain(error)}"))
    _refuse(problems, files)
    checked: Config = _build(Config, config)
    return checked


def _refuse(problems: Collection[tuple[int, int, str]], files: Sequence[Path]) -> None:
    """Raise an error of all problems, if any: (rank of the file, line, text)."""
    if problems:
        raise ConfigError(
            "\n".join(
                f"{relative(files[rank])}:{line}: {text}" if rank < len(files) else f"--config: {text}"
                for rank, line, text in sorted(set(problems))
            )
        )


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
    if get_origin(kind) is tuple:  # one name may stand without brackets
        return tuple(_build(inner[0], item) for item in ([value] if isinstance(value, str) else value))
    if get_origin(kind) is Mapping:
        return {key: _build(inner[1], item) for key, item in value.items()}
    return kind(value)
