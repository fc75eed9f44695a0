"""A claim, its criterion, and the verdict that follows from what is measured."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Booleans, Floats

Evidence = TypeVar("Evidence")

HOLDS, EXCEPTIONS, FAILS = "holds", "holds with exceptions", "fails"

#: Stands for a verdict where the experiment, as configured, has no case of a claim.
NOT_MEASURED = "not measured"

#: All verdicts, in the order in which they are counted.
VERDICTS = (HOLDS, EXCEPTIONS, FAILS, NOT_MEASURED)

IDENTITY, BY_CONSTRUCTION, EMPIRICAL = "identity", "by construction", "empirical"

#: What each kind of claim means, in the order in which they are counted.
KINDS = {
    IDENTITY: "mathematics or arithmetic decides it, whatever the data, so that it also tests the code",
    BY_CONSTRUCTION: "what is measured was chosen so that the claim would hold",
    EMPIRICAL: "it is about these data, and could have come out otherwise",
}

RELATIONS: dict[str, Callable[[Floats, float], Booleans]] = {
    "≤": np.less_equal,
    "≥": np.greater_equal,
    ">": np.greater,
    "=": np.equal,
}


@dataclass(frozen=True)
class Criterion:
    """When a claim holds: each case's value stands in a relation to a limit.

    Attributes
    ----------
    relation : str
        A key of `RELATIONS`.
    limit : float
    case : str
        What a case is, in a word or two.
    exceptions : float
        Share of the cases that may break the criterion; with more, the claim fails.
    tolerated : float, optional
        A wider limit, used instead of that share: any number of cases within it may break the criterion.
    """

    relation: str
    limit: float
    case: str
    exceptions: float = 0.0
    tolerated: float | None = None

    @property
    def text(self) -> str:
        """The criterion in words."""
        text = f"{self.relation} {self.limit!r} for every {self.case}"
        if self.exceptions:
            text += f"; with exceptions if at most {self.exceptions:.0%} break it"
        if self.tolerated is not None:
            text += f"; with exceptions if all are {self.relation} {self.tolerated!r}"
        return text

    def met(self, values: Floats) -> Booleans:
        """Whether each case meets it; NaN does not."""
        return np.asarray(RELATIONS[self.relation](values, self.limit))

    def verdict(self, values: Floats) -> str:
        """Judge all cases."""
        if not len(values):
            return NOT_MEASURED
        broken = int((~self.met(values)).sum())
        if not broken:
            return HOLDS
        if self.tolerated is not None:
            return EXCEPTIONS if RELATIONS[self.relation](values, self.tolerated).all() else FAILS
        return EXCEPTIONS if broken <= self.exceptions * len(values) else FAILS

    def worst(self, values: Floats) -> float:
        """The worst case: the value closest to the limit, or farthest past it. NaN if there is none."""
        known = values[~np.isnan(values)]
        if not len(known):
            return np.nan
        badness = {"≤": known, "≥": -known, ">": -known, "=": np.abs(known - self.limit)}[self.relation]
        return float(known[badness.argmax()])


@dataclass(frozen=True)
class Cases:
    """What is measured of a claim.

    Attributes
    ----------
    values : array (N,)
        One value for each case.
    datasets, details : array (N,) of str
        The data set that a case is of, and what else there is to name an exception by.
    note : str
        What else is worth knowing.
    """

    values: Floats
    datasets: np.ndarray
    details: np.ndarray
    note: str = ""


#: Cases as the function that measures a claim yields them, some at a time.
Measured = Iterator[Cases]
Measure = TypeVar("Measure", bound=Callable[..., Measured])


def cases(dataset: object, values: object, detail: object = "", note: str = "") -> Cases:
    """Make cases of arrays; a single value is shared by all cases."""
    found = np.atleast_1d(np.asarray(values, dtype=float))
    datasets, details = (
        np.broadcast_to(np.asarray(names, dtype=str), found.shape) for names in (dataset, detail)
    )
    return Cases(found, datasets, details, note)


def remark(text: str) -> Cases:
    """Say what is worth knowing, or why there are no cases."""
    return cases([], [], [], text)


def joined(parts: Iterable[Cases]) -> Cases:
    """Join cases and their notes; a note that several parts have is kept once."""
    held = [remark(""), *parts]
    values, datasets, details = (
        np.concatenate([getattr(part, name) for part in held]) for name in ("values", "datasets", "details")
    )
    note = "; ".join(dict.fromkeys(part.note for part in held if part.note))
    return Cases(values, datasets, details, note)


@dataclass(frozen=True)
class Claim(Generic[Evidence]):
    """A claim of a paper, or one of our own.

    Attributes
    ----------
    id : str
    study : str
        The wing that measures it: ``paper1``, ``paper2``, ``sweep`` …
    kind : str
        `IDENTITY`, `BY_CONSTRUCTION` or `EMPIRICAL`.
    where : str
        Section, equation, figure or theorem.
    statement : str
        The claim in one sentence.
    measured : str
        What a case's value is.
    criterion : Criterion
    figure : str
        Name of the study's figure that shows it.
    measure : callable
        ``evidence -> parts of the cases``.
    """

    id: str
    study: str
    kind: str
    where: str
    statement: str
    measured: str
    criterion: Criterion
    figure: str
    measure: Callable[[Evidence], Measured]


def register(
    claims: list[Claim[Evidence]],
    study: str,
    id: str,
    *,
    kind: str,
    where: str,
    statement: str,
    criterion: Criterion,
    figure: str,
    **given: str,
) -> Callable[[Measure], Measure]:
    """Decorate the function that measures a claim, so that the claim is one of the study's.

    The function yields cases, and its docstring says what is measured.

    Parameters
    ----------
    claims : list
        The study's claims, to which this one is added.
    given : str
        What the function is to be called with besides the evidence.
    """

    def decorate(measure: Measure) -> Measure:
        measured = " ".join((measure.__doc__ or "").split())
        bound = partial(measure, **given)
        claims.append(Claim(id, study, kind, where, statement, measured, criterion, figure, bound))
        return measure

    return decorate


def unless(
    reason: Callable[[Any], str | None],
) -> Callable[[Callable[[Any], Measured]], Callable[[Any], Measured]]:
    """Decorate the function that measures a claim, so that it has no cases where there is a reason for that.

    So a claim about one data set is not measured on another, and a claim about distances is not measured on
    data without extent.

    Parameters
    ----------
    reason : callable
        ``evidence -> why the claim cannot be measured on it``, or None where it can.
    """

    def decorate(measure: Callable[[Any], Measured]) -> Callable[[Any], Measured]:
        @wraps(measure)
        def guarded(evidence: Any) -> Measured:
            why = reason(evidence)
            if why is None:
                yield from measure(evidence)
            else:
                yield remark(why)

        return guarded

    return decorate


def make_ledger(
    claims: Iterable[Claim[Evidence]], evidence: Evidence, sources: Mapping[str, str]
) -> pa.Table:
    """Measure every claim: the table `claims`, with a row for each.

    Parameters
    ----------
    claims : iterable of Claim
        The claims of one study.
    evidence
        What that study's claims are measured on.
    sources : mapping
        Data set -> ``real``, ``twin``, ``own``, ``generated`` or ``bundled``.
    """
    rows = [_row(claim, joined(claim.measure(evidence)), sources) for claim in claims]
    return tables.from_rows("claims", rows)


def write_ledger(ledger: pa.Table, path: Path, log: Callable[[str], None]) -> None:
    """Write a ledger as CSV, and log its verdicts."""
    for row in ledger.to_pylist():
        log(f"{row['id']}: {row['verdict']}")
    tables.write(ledger, path)


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """Read a ledger from its CSV, a dictionary a row; a number that is missing is None."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row
            | {
                "number": float(row["number"]) if row["number"] else None,
                "cases": int(row["cases"]),
                "met": int(row["met"]),
            }
            for row in csv.DictReader(file)
        ]


def _row(claim: Claim[Evidence], found: Cases, sources: Mapping[str, str]) -> dict[str, object]:
    criterion = claim.criterion
    met = criterion.met(found.values)
    return {
        "id": claim.id,
        "study": claim.study,
        "kind": claim.kind,
        "where": claim.where,
        "claim": claim.statement,
        "measured": claim.measured,
        "data": data_text(dict.fromkeys(found.datasets.tolist()), sources),
        "number": float(f"{criterion.worst(found.values):.4g}") + 0.0,  # no −0
        "cases": len(met),
        "met": int(met.sum()),
        "criterion": criterion.text,
        "verdict": criterion.verdict(found.values),
        "exceptions": exceptions_text(found, met),
        "note": found.note,
        "figure": f"figures/{claim.study}/{claim.figure}.png",
    }


def tally(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Count the rows of a ledger: kind -> verdict -> how many, for the kinds that there are."""
    counts = {kind: dict.fromkeys(VERDICTS, 0) for kind in KINDS}
    for row in rows:
        counts[row["kind"]][row["verdict"]] += 1
    return {kind: verdicts for kind, verdicts in counts.items() if any(verdicts.values())}


def data_text(datasets: Iterable[str], sources: Mapping[str, str]) -> str:
    """Name data sets by where they came from.

    Examples
    --------
    >>> data_text(["s1", "moons", "a1"], {"s1": "real", "a1": "twin", "moons": "generated"})
    'real: s1; generated: moons; twin: a1'
    """
    groups: dict[str, list[str]] = {}
    for name in datasets:
        groups.setdefault(sources[name], []).append(name)
    return "; ".join(f"{source}: {', '.join(names)}" for source, names in groups.items())


def exceptions_text(found: Cases, met: Booleans) -> str:
    """Count the cases that break a criterion, by data set and detail."""
    groups: dict[str, list[bool]] = {}
    for dataset, detail, good in zip(found.datasets, found.details, met.tolist(), strict=True):
        groups.setdefault(f"{dataset} {detail}".strip(), []).append(good)
    broken = {name: (len(good) - sum(good), len(good)) for name, good in groups.items()}
    return "; ".join(
        f"{name} ({n} of {total})" if total > 1 else name for name, (n, total) in broken.items() if n
    )
