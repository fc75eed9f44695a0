"""The experiment as asked for: the keys of config.yaml, checked, or every error with its file, line and key.

`read` is the entry. A new key is a new field of a model below; `python tools/configuration.py` then writes
the reference page and the schema for editors.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    ValidationError,
    model_validator,
)

from softkmeans.arrays import Floats
from softkmeans.data.catalogue import CATALOGUE
from softkmeans.data.generated import N_POINTS
from softkmeans.data.mirrors import LAYOUTS, Mirror
from softkmeans.data.own import OwnData, read_own
from softkmeans.errors import ConfigError, hint
from softkmeans.files import KeyPath, Yaml, dotted, reach, read_yaml
from softkmeans.kinds import (
    ColumnName,
    Count,
    DataSet,
    DataSetOrFamily,
    Distinct,
    Initialisation,
    InitialisationOrAll,
    KeptIterations,
    Method,
    MethodOrAll,
    MethodsOneSoft,
    NewName,
    OneOrMore,
    Positive,
    Real,
    Repeats,
    RepeatsOf,
    SoftMethod,
    Temperature,
    Whole,
    made_of,
    one_of,
    refusal,
)

T = TypeVar("T")

#: The largest file of a user's, in bytes, that is read with the configuration. A larger one is read by its
#: job alone, so that the workflow starts at once.
LARGE = 20 * 10**6


# The keys, in the order of config.yaml.


class Keys(BaseModel):
    """A block of keys. Keys that it does not have are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MirrorKeys(Keys):
    """A folder on the web, or on disk, that holds the benchmark."""

    url: str = Field(description="Such as http://host/, https://host/ or file:///folder/.")
    layout: Annotated[str, one_of("a layout", lambda: LAYOUTS)] = Field(
        description="Names of its files: sipu, as on the original site; gagolews, as in clustering-data-v1."
    )


class OwnKeys(Keys):
    """A data set of yours."""

    path: FilePath = Field(
        description="A point a line: CSV or other text, plain or .gz; or .parquet; or a .npy array."
    )
    n_clusters: Count = Field(description="Number of clusters K.")
    labels: ColumnName | None = Field(
        None, description="Ground truth: the name of a column, or a file with a label a line."
    )
    columns: OneOrMore[ColumnName] | None = Field(
        None,
        description="The coordinates, by default all other columns; called 1, 2, … if they have no names.",
    )
    header: bool | None = Field(
        None, description="Whether the first line has the columns' names, where the file leaves it in doubt."
    )


def _n_points(own: OwnData) -> float:
    """Read a data set of the user's and count its points; infinity if that would take long."""
    sizes = [file.stat().st_size for file in (own.path, own.label_file) if file]
    return np.inf if max(sizes) > LARGE else len(read_own(own).points)


def _readable(**keys: Any) -> OwnData:
    own = OwnData(**keys)
    _n_points(own)
    return own


class DataConfig(Keys):
    """Where the data sets come from."""

    source: Literal["auto", "download", "twin"] = Field(
        description="auto: a mirror, else the embedded twin; download: a mirror, or an error; twin: the twin."
    )
    mirrors: tuple[Annotated[Mirror, made_of(MirrorKeys, Mirror, "url")], ...] = Field(
        description="They are tried in this order."
    )
    own: dict[NewName, Annotated[OwnData, made_of(OwnKeys, _readable, "path")]] = Field(
        {}, description="Your data sets, by name."
    )


class SolverConfig(Keys):
    """When a run stops."""

    tolerance: Real = Field(
        ge=0, description="A run has converged once its objective falls by no more than this, relatively."
    )
    max_iterations: Count = Field(description="A run stops after this many iterations in any case.")


class Paper1Config(Keys):
    """The experiment of Inoue & Hara (2020), section 3."""

    dataset: DataSet = Field(description="The data set of all figures.")
    methods: MethodsOneSoft = Field(description="The methods that are compared, at least one of them soft.")
    temperature: Temperature = Field(description="Temperature of the soft methods: absolute, or 0.2 Tc.")
    repeats: Repeats = Field(description="Random starts behind the distribution of iteration counts.")
    n_clusters: Count | None = Field(None, description="K, if not the data set's own.")


class Sigmas(Keys):
    """A range of σ, in standardised data, that falls geometrically."""

    largest: Positive = Field(description="The first σ.")
    smallest: Positive = Field(description="The last σ.")
    number: Whole = Field(ge=2, le=1000, description="How many there are.")
    every: Count = Field(
        1,
        description="The number n: the first start is run at every σ, others at each n-th from the smallest.",
    )

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.smallest > self.largest:
            raise refusal("must be no more than largest", at=("smallest",))
        return self

    def values(self) -> Floats:
        """σ falling geometrically, (number,)."""
        return np.sort(np.geomspace(self.largest, self.smallest, self.number))[::-1]


class Paper2Config(Keys):
    """The experiments of Félix, Ucan-Puc, Astengo (2026)."""

    datasets: OneOrMore[DataSet] = Field(description="The data sets of all figures.")
    initialisation: Initialisation = Field(description="How starts are drawn.")
    starts: Whole = Field(
        ge=1,
        le=1000,
        description="How many; the sigma-wise protocol uses the first, the initialisation-wise one all.",
    )
    sigmas: Sigmas
    learning_rate: Positive | None = Field(
        None, description="A constant rate on the mean loss, in place of the step 1/(2 Σ r)."
    )


class Annealed(Keys):
    """Runs that cool from random points, each temperature from where the last one ended."""

    methods: Distinct[SoftMethod] = Field(description="The methods to anneal; [] for none.")
    highest: Temperature = Field(description="Softmax has one centroid above Tc, entmax-1.5 above √K Tc.")
    lowest: Temperature = Field(description="Temperature at which the cooling ends.")
    factor: Real = Field(gt=0, le=0.99, description="Ratio of each temperature to the one before.")
    tolerance: Real = Field(
        ge=0, description="A temperature is left once the centroids move by no more than this times √T."
    )
    repeats: Repeats = Field(description="Starts on each data set; no more than the sweep has.")

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.highest.relative == self.lowest.relative and self.lowest.value > self.highest.value:
            raise refusal("must be no more than highest", at=("lowest",))
        return self


class Phases(Keys):
    """Runs that cool as annealed ones do, but slowly, to show where clusters split."""

    factor: Real = Field(gt=0, le=0.99, description="Ratio of each temperature to the one before.")
    tolerance: Real = Field(
        ge=0, description="A temperature is left once the centroids move by no more than this times √T."
    )
    max_iterations: Count = Field(description="At each temperature; near a split, runs converge slowly.")
    repeats: Repeats = Field(description="Seeded runs of each method.")
    repeats_of: RepeatsOf = Field({}, description="Other numbers for some data sets or families.")


class Published(Keys):
    """K-means from random points and from maxmin, beside the results of Fränti & Sieranoja (2018, 2019)."""

    repeats: Whole = Field(ge=0, description="Starts on each data set, 0 for none.")
    repeats_of: RepeatsOf = Field({}, description="Other numbers for some data sets or families.")


class SweepConfig(Keys):
    """Every method from every start at every temperature."""

    datasets: OneOrMore[DataSetOrFamily] = Field(
        description="Families are s, a, birch, unbalance, dim and g2; all are the benchmark's 27 sets."
    )
    methods: OneOrMore[MethodOrAll] = Field(description="The methods to run.")
    initialisations: OneOrMore[InitialisationOrAll] = Field(description="How starts are drawn.")
    temperatures: OneOrMore[Temperature] = Field(description="Temperatures of the soft methods.")
    repeats: Repeats = Field(description="Seeded starts of each random initialisation.")
    repeats_of: RepeatsOf = Field({}, description="Other numbers for some data sets or families.")
    repeats_of_methods: dict[Method, Repeats] = Field(
        {}, description="The most repeats of some methods, such as those that only check an equality."
    )
    trace: KeptIterations = Field(
        title="all, final or every_N",
        description="Iterations in the table trace: all, every_10 (or any number), or the first and final.",
    )
    centroids: Whole = Field(
        ge=0, description="Repeats whose final centroids are kept, in the table centroids."
    )
    annealed: Annealed
    phases: Phases
    published: Published


class ContestConfig(Keys):
    """Does temperature win? Annealing against restarts of K-means and random swap, at equal cost."""

    datasets: OneOrMore[DataSetOrFamily] = Field(
        description="Families are s, a, birch, unbalance, dim and g2; all are the benchmark's 27 sets."
    )
    repeats: Repeats = Field(description="Seeded repeats of each contender.")
    repeats_of: RepeatsOf = Field({}, description="Other numbers for some data sets or families.")
    budget: Positive = Field(
        description="Pairs of a point and a centroid that each may touch; unit: one annealed softmax run."
    )
    factor: Real = Field(
        gt=0, le=0.99, description="In annealing, the ratio of each temperature to the one before."
    )
    lowest: Real = Field(gt=0, le=1, description="Temperature at which the cooling ends, in Tc.")
    tolerance: Real = Field(
        ge=0, description="A temperature is left once the centroids move by no more than this times √T."
    )


class EmbeddingConfig(Keys):
    """Scikit-learn's digits, clustered by the codes of an autoencoder and in joint training."""

    repeats: Whole = Field(ge=2, le=1000, description="Seeds on which the ways to cluster are compared.")
    trials: Whole = Field(ge=1, le=1000, description="Other seeds, on which λ and T are chosen.")
    pretraining: Count = Field(description="Epochs of the autoencoder alone.")
    epochs: Count = Field(
        description="Epochs of each training after it: joint training, or the autoencoder alone for longer."
    )
    weights: OneOrMore[Positive] = Field(
        description="Weights λ of the clustering in the loss, to choose from."
    )
    temperatures: OneOrMore[Positive] = Field(description="Fixed T to choose from, in Tc of the codes.")


class Config(Keys):
    """The whole experiment."""

    seed: Whole = Field(ge=0, description="The base of every run's seed.")
    engine: Literal["compiled", "numpy"] = Field(
        "compiled",
        description="compiled is fast; numpy is the definition of each method, in a few lines.",
    )
    data: DataConfig
    solver: SolverConfig
    paper1: Paper1Config
    paper2: Paper2Config
    sweep: SweepConfig
    contest: ContestConfig
    embedding: EmbeddingConfig

    @model_validator(mode="after")
    def _has_enough_points(self) -> Self:
        name, own = self.paper1.dataset, self.data.own
        if name in own:
            most = _n_points(own[name])
        else:
            most = CATALOGUE[name].n_points if name in CATALOGUE else N_POINTS
        if (self.paper1.n_clusters or 0) > most:
            raise refusal(f"must be at most {most}, the points of {name}", at=("paper1", "n_clusters"))
        return self


# The place of an error, and its message.

#: Messages in place of pydantic's own, which are about Python.
WORDS = {
    "dict_type": "must be a mapping of keys to values",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "model_type": "must be a mapping of keys to values",
    "path_not_file": "must be a file that exists",
    "path_type": "must be a file that exists",
    "tuple_type": "must be a list",
}


def read(config: Mapping[str, Any], files: Sequence[Path]) -> Config:
    """Check a configuration.

    Parameters
    ----------
    config : mapping
        The configuration, all files and command-line overrides merged.
    files : sequence of Path
        The files it was merged from, the last overriding the others. They only tell where a value stands: a
        value that none of them holds came from `--config`.

    Raises
    ------
    ConfigError
        If anything is wrong, with a line for each error, in the order of the files.
    """
    sources = [read_yaml(file) for file in files]
    above, own = reach(config, ("data", "own"))
    try:
        return Config.model_validate(config, context=own if len(above) == 2 else None)
    except ValidationError as error:
        problems = set()
        for path, words in (_explain(each, config) for each in error.errors()):
            rank, line = _place(path, config, sources)
            place = f"{sources[rank].name}:{line}" if line else "--config"
            problems.add((rank, line, f"{place}: {dotted(path)}: {words}"))
    raise ConfigError("\n".join(text for _, _, text in sorted(problems)))


def _explain(error: Mapping[str, Any], config: Any) -> tuple[KeyPath, str]:
    """Give the key that an error is about, and what is wrong with it."""
    kind, context = error["type"], error.get("ctx", {})
    path = (*error["loc"], *context.get("at", ()))
    if kind == "missing":
        return path, "missing"
    if kind in ("extra_forbidden", "invalid_key"):
        keys = {key for block in Keys.__subclasses__() for key in block.model_fields}
        return path, f"unknown key{hint(str(path[-1]), keys) or '; docs/configuration.md has them all'}"
    there, value = reach(config, path)
    if path[-1:] == ("[key]",):
        value = there[-1]
    elif kind == "path_not_file":
        context = {"known": [str(file) for file in Path(value).parent.glob("*") if file.is_file()]}
    words = WORDS.get(kind) or error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if words.startswith("must"):
        words += f", got {json.dumps(value, default=str, skipkeys=True, ensure_ascii=False)[:80]}"
    known = context.get("known") or re.findall(r"'(\w+)'", str(context.get("expected")))
    return there, words + hint(str(value), known)


def _place(path: KeyPath, config: Any, sources: Sequence[Yaml]) -> tuple[int, int]:
    """Find the file that a value stands in, as an index into `sources`, and its line.

    A value that stands in none of them has the index after the last, and line 0.
    """
    path, _ = reach(config, path)  # a missing key is reported at its mapping
    whole = tuple(takewhile(lambda step: isinstance(step, str), path))  # lists are replaced as a whole
    _, value = reach(config, whole)
    for rank, source in reversed(list(enumerate(sources))):
        if line := source.line(path):
            _, written = reach(source.data, whole)
            same = isinstance(value, Mapping) or value == written or repr(value) == repr(written)
            return (rank, line) if same else (len(sources), 0)
    return len(sources), 0
