"""What the command `softkmeans` does: each command prints what it found and returns its exit code.

Modules are imported where they are used, so that help comes at once.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.fit import Fit, fit
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.catalogue import BENCHMARK, CATALOGUE, FAMILIES, G2_DEVIATIONS, G2_DIMS, Entry, lookup
from softkmeans.errors import DataError, nearest_name

if TYPE_CHECKING:
    from softkmeans.data.mirrors import Mirror
    from softkmeans.provenance.verification import Difference


class UsageError(Exception):
    """The command was misused; the message is one line."""


def complain(error: Exception) -> int:
    """Say on standard error what cannot be done; the exit code is 1."""
    _say(
        f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    )
    return 1


def _say(line: str) -> None:
    print(f"softkmeans: {line}", file=sys.stderr)


def list_data(options: argparse.Namespace) -> int:
    """Print the benchmark's sets as a table."""
    from softkmeans.data.obtain import default_cache

    mirrors, cache = _mirrors(options), options.cache or default_cache()
    names = BENCHMARK if options.family is None else FAMILIES[options.family]
    print(f"{'name':<12}{'family':<11}{'n':>7}{'d':>6}{'K':>5}  cached")
    for dataset in map(lookup, names):
        size = f"{dataset.n_points:>7}{dataset.n_dims:>6}{dataset.n_clusters:>5}"
        cached = "yes" if _is_cached(dataset, mirrors, cache) else "no"
        print(f"{dataset.name:<12}{dataset.family:<11}{size}  {cached}")
    if options.family in (None, "G2"):
        dims, deviations = (f"{some[0]}, {some[1]} ... {some[-1]}" for some in (G2_DIMS, G2_DEVIATIONS))
        print(f"and, by name, the rest of G2: g2-D-SD with D = {dims} and SD = {deviations}")
    return 0


def fetch_data(options: argparse.Namespace) -> int:
    """Download data sets; one that fails does not stop the others."""
    from softkmeans.data.obtain import obtain

    mirrors, names = _mirrors(options), _names(options.names)
    code = 0
    for name in names:
        warnings: list[str] = []
        try:
            data = obtain(name, source="download", mirrors=mirrors, cache=options.cache, log=warnings.append)
            if options.to:
                _write(data.points.astype(int), options.to / f"{name}.csv")
                if data.labels is not None:
                    _write(data.labels, options.to / f"{name}-labels.txt")
        except (DataError, OSError) as error:
            code = complain(error)  # which says all that the warnings do
        else:
            for line in warnings:
                _say(line)
            n, d = data.points.shape
            origin = f"{data.origin.url}, downloaded {data.origin.retrieved}"
            print(f"{name}: n = {n}, d = {d}, K = {data.n_clusters}, from {origin}", flush=True)
    return code


def _names(wanted: Sequence[str]) -> list[str]:
    """Names of data sets, with families written out, each once."""
    groups = {"all": BENCHMARK, **FAMILIES}
    known = {name: (name,) for name in CATALOGUE} | groups
    for name in wanted:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"did you mean {near!r}?" if near else "softkmeans data list has them all"
            raise UsageError(f"unknown data set or family {name!r}; {hint}")
    return list(dict.fromkeys(each for name in wanted for each in known[name]))


def _mirrors(options: argparse.Namespace) -> Sequence["Mirror"]:
    from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror

    try:
        return [Mirror(url, layout) for url, layout in options.mirror or ()] or DEFAULT_MIRRORS
    except DataError as error:
        raise UsageError(str(error)) from None


def _is_cached(dataset: Entry, mirrors: Sequence["Mirror"], cache: Path) -> bool:
    """Whether there are copies of the points, and of the labels where they have a file of their own."""
    from softkmeans.data.download import cache_path
    from softkmeans.data.mirrors import labels_at, points_at

    labelled = dataset.labels_sha256 is not None and dataset.family != "G2"
    return all(
        any(cache_path(cache, place.url).is_file() for mirror in mirrors if (place := at(mirror, dataset)))
        for at in ([points_at, labels_at] if labelled else [points_at])
    )


def fit_points(options: argparse.Namespace) -> int:
    """Cluster the points of a file from several starts, and print the best run."""
    from softkmeans.data.own import OwnData, read_own

    soft = METHODS[options.method].soft
    if soft and options.temperature is None:
        raise UsageError(f"method {options.method} needs a --temperature, such as 1e9 or 0.1Tc")
    if not soft and options.temperature is not None:
        raise UsageError(f"method {options.method} has no temperature: leave --temperature out")
    points, _ = read_own(OwnData(options.file, options.clusters))
    critical = critical_temperature(points) if soft else 0.0
    temperature = options.temperature.absolute(critical) if soft else None
    random = INITIALISATIONS[options.initialisation].random
    seeds = range(options.seed, options.seed + (options.repeats if random else 1))
    runs = ((seed, _run(points, temperature, seed, options)) for seed in seeds)
    seed, run = min(runs, key=lambda found: found[1].smooth_objective if soft else found[1].objective)
    if options.output:
        _write(run.centroids, options.output)
    if options.labels:
        _write(run.labels, options.labels)
    ratio = f" = {temperature / critical:.6g} Tc" if temperature and critical else ""
    print(f"data              {options.file}: n = {points.shape[0]}, d = {points.shape[1]}")
    print(f"clusters          K = {options.clusters}")
    print(f"method            {options.method}{f' at T = {temperature:.6g}{ratio}' if soft else ''}")
    which = f", seed {seed}, the best of {len(seeds)}" if random else ""
    print(f"start             {options.initialisation}{which}")
    print(f"iterations        {run.n_iterations}, {'' if run.converged else 'NOT '}converged")
    print(f"objective J       {run.objective:.10g}")
    print(f"smooth objective  {run.smooth_objective:.10g}")
    print(f"entropy           {run.entropy:.10g}")
    return 0


def _run(points: Floats, temperature: float | None, seed: int, options: argparse.Namespace) -> Fit:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # seen below
        run = fit(
            points,
            options.clusters,
            method=options.method,
            temperature=temperature,
            initialisation=options.initialisation,
            seed=seed,
            max_iterations=options.max_iterations,
        )
    if not np.isfinite([run.objective, run.smooth_objective]).all():
        raise DataError(f"{options.file}: the objective is too large for float64; scale the points down")
    return run


def verify_results(options: argparse.Namespace) -> int:
    """Print a line for each file that is not as it was made, or not as another run made it."""
    from softkmeans.provenance import manifest
    from softkmeans.provenance.verification import check, circumstances, compare

    here = manifest.read(options.results / manifest.NAME)
    other = options.against
    there = manifest.read(other / manifest.NAME if other.is_dir() else other) if other else None
    found = check(options.results, here)
    _print(found)
    print(f"{options.results}: {len(here.results)} files in the manifest, {_counts(found)}")
    if there is None:
        return 1 if found else 0
    between = compare(here, there)
    _print(between)
    if between and (what := circumstances(here, there)):
        print(f"the two runs' manifests also differ in: {', '.join(what)}")
    timed = sum(result.varies for result in here.results.values())
    compared = f"{len(here.results) - timed} files compared, {timed} that hold times left out"
    print(f"{other}: {compared}, {_counts(between)}")
    return 1 if found or between else 0


def _print(differences: Sequence["Difference"]) -> None:
    for each in differences:
        print(f"{each.kind:<12}{each.path}{f'  (rule {each.rule})' if each.rule else ''}")


def _counts(differences: Sequence["Difference"]) -> str:
    counts = Counter(each.kind for each in differences)
    return ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "no difference"


def _write(values: Any, path: Path) -> None:
    """Write an array as text, a row a line, so that reading it gives the same numbers."""
    from softkmeans.files import replacing

    rows = values.reshape(len(values), -1).tolist()
    with replacing(path) as unfinished:
        unfinished.write_text("".join(",".join(map(repr, row)) + "\n" for row in rows), encoding="ascii")
