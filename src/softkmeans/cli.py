"""The command `softkmeans`: data sets, a clustering of one's own points, and checking results.

Exit codes: 0, all is well; 1, results differ, or data cannot be obtained or used; 2, the command was misused.
Modules are imported where they are used, so that help appears at once.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature, critical_temperature, number
from softkmeans.data.catalogue import G2_DEVIATIONS, G2_DIMS, GROUPS, Entry, lookup, named_datasets
from softkmeans.errors import DataError, look_up

if TYPE_CHECKING:
    from softkmeans.data.mirrors import Mirror

#: The exit codes that shells give to a program whose output pipe was closed, and to one stopped by Ctrl-C.
CLOSED_PIPE, INTERRUPTED = 141, 130


class UsageError(Exception):
    """The command was misused; the message is one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and end with exit code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


class Version(argparse.Action):
    """Print the version, which is looked up only here."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and end."""
        import softkmeans

        print(f"softkmeans {softkmeans.__version__}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more as it ends
        return CLOSED_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (DataError, OSError) as error:
        return _complain(error)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
        try:
            code: int = options.command(options)
        except UsageError as error:
            options.parser.error(str(error))
        return code
    except SystemExit as end:  # raised by argparse after help or an error
        return int(end.code or 0)


def _complain(error: Exception) -> int:
    """Print an error on standard error, and return exit code 1."""
    file = getattr(error, "filename", None)
    _say(f"{file}: {error.strerror}" if isinstance(error, OSError) and file else str(error))
    return 1


def _say(line: str) -> None:
    print(f"softkmeans: {line}", file=sys.stderr)


def _parser() -> Parser:
    parser = Parser(
        prog="softkmeans",
        description="K-means at finite temperature: the benchmark's data sets, your own points, and whether "
        "results are as they were made.",
        epilog="exit codes: 0, all is well; 1, results differ, or data cannot be obtained or used; 2, misuse",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    data = commands.add_parser("data", help="list or download the benchmark's data sets")
    data_commands = data.add_subparsers(metavar="COMMAND", required=True)
    _add_list(data_commands)
    _add_fetch(data_commands)
    _add_fit(commands)
    _add_verify(commands)
    return parser


def _add(commands: Any, name: str, command: Callable[..., int], summary: str, *examples: str) -> Parser:
    parser: Parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="\n  ".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command, parser=parser)
    return parser


# softkmeans data list, softkmeans data fetch


def _add_list(commands: Any) -> None:
    parser = _add(
        commands,
        "list",
        list_data,
        "list the benchmark's data sets, and which of them have been downloaded",
        "softkmeans data list",
        "softkmeans data list --family dim",
    )
    parser.add_argument("--family", default="all", metavar="NAME", help=f"one of {', '.join(GROUPS)}")
    _add_sources(parser)


def _add_fetch(commands: Any) -> None:
    parser = _add(
        commands,
        "fetch",
        fetch_data,
        "download data sets, and check their values by SHA-256",
        "softkmeans data fetch s1 a1",
        "softkmeans data fetch dim --to points",
        "softkmeans data fetch all --mirror file:///data/sipu sipu",
    )
    add = parser.add_argument
    add("names", nargs="+", metavar="NAME", help=f"a data set, or several: {', '.join(GROUPS)}")
    add("--to", type=Path, metavar="FOLDER", help="also write NAME.csv and NAME-labels.txt there")
    _add_sources(parser)


def _add_sources(parser: Parser) -> None:
    parser.add_argument(
        "--mirror",
        nargs=2,
        action="append",
        metavar=("URL", "LAYOUT"),
        help="a folder (http, https or file) to download from in place of the known ones, and its layout: "
        "sipu or gagolews; may be repeated",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="where downloads are kept (default: $SOFTKMEANS_CACHE, else the system's folder for caches)",
    )


def list_data(options: argparse.Namespace) -> int:
    """Print the benchmark's sets as a table."""
    from softkmeans.data.obtain import default_cache

    sets, mirrors, cache = _sets([options.family]), _mirrors(options), options.cache or default_cache()
    print(f"{'name':<12}{'family':<11}{'n':>7}{'d':>6}{'K':>5}  cached")
    for dataset in sets:
        size = f"{dataset.n_points:>7}{dataset.n_dims:>6}{dataset.n_clusters:>5}"
        cached = "yes" if _is_cached(dataset, mirrors, cache) else "no"
        print(f"{dataset.name:<12}{dataset.family:<11}{size}  {cached}")
    if options.family.lower() in ("all", "g2"):
        dims, deviations = (f"{some[0]}, {some[1]} ... {some[-1]}" for some in (G2_DIMS, G2_DEVIATIONS))
        print(f"and, by name, the rest of G2: g2-D-SD with D = {dims} and SD = {deviations}")
    return 0


def fetch_data(options: argparse.Namespace) -> int:
    """Download data sets; one that fails does not stop the others."""
    from softkmeans.data.obtain import obtain

    mirrors, code = _mirrors(options), 0
    for name in [dataset.name for dataset in _sets(options.names)]:
        warnings: list[str] = []
        try:
            data = obtain(name, source="download", mirrors=mirrors, cache=options.cache, log=warnings.append)
            if options.to:
                _write(data.points.astype(int), options.to / f"{name}.csv")
                if data.labels is not None:
                    _write(data.labels, options.to / f"{name}-labels.txt")
        except (DataError, OSError) as error:
            code = _complain(error)  # it repeats all the warnings
        else:
            for line in warnings:
                _say(line)
            n, d = data.points.shape
            origin = f"{data.origin.url}, downloaded {data.origin.retrieved}"
            print(f"{name}: n = {n}, d = {d}, K = {data.n_clusters}, from {origin}", flush=True)
    return code


def _sets(names: Sequence[str]) -> list[Entry]:
    """Look up data sets: each once, and a family as all its sets."""
    try:
        return [lookup(name) for name in named_datasets(names)]
    except DataError as error:
        raise UsageError(str(error)) from None


def _mirrors(options: argparse.Namespace) -> Sequence["Mirror"]:
    from softkmeans.data.mirrors import DEFAULT_MIRRORS, Mirror

    try:
        return [Mirror(url, layout) for url, layout in options.mirror or ()] or DEFAULT_MIRRORS
    except DataError as error:
        raise UsageError(str(error)) from None


def _is_cached(dataset: Entry, mirrors: Sequence["Mirror"], cache: Path) -> bool:
    """Whether the cache has the points, and the labels where these are in a file of their own."""
    from softkmeans.data.download import cache_path
    from softkmeans.data.mirrors import labels_at, points_at

    labelled = dataset.labels_sha256 is not None and dataset.family != "G2"
    return all(
        any(cache_path(cache, place.url).is_file() for mirror in mirrors if (place := at(mirror, dataset)))
        for at in ([points_at, labels_at] if labelled else [points_at])
    )


# softkmeans fit


def _add_fit(commands: Any) -> None:
    parser = _add(
        commands,
        "fit",
        fit_points,
        "cluster the points of a file, and print how good the result is",
        "softkmeans fit points.csv --clusters 5",
        "softkmeans fit points.csv --clusters 5 --method lse --temperature 0.05Tc --output centroids.csv",
        "softkmeans fit iris.csv --clusters 3 --labels species",
    )
    methods, initialisations = ", ".join(METHODS), ", ".join(INITIALISATIONS)
    temperature = "in squared units of the data (1e9) or in critical temperatures (0.1Tc); not for kmeans"
    file = "one point a line: CSV or other text, plain or .gz; .parquet; .npy"
    repeats = "number of starts, of which the best run is kept; default 10"
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help=file)
    add("--clusters", type=_positive, required=True, metavar="K", help="how many clusters")
    add("--method", default="kmeans", metavar="NAME", help=f"{methods}; default %(default)s")
    add("--temperature", metavar="T", help=temperature)
    add(
        "--initialisation", default="kmeans++", metavar="NAME", help=f"{initialisations}; default %(default)s"
    )
    add("--repeats", type=_positive, default=10, metavar="R", help=repeats)
    add("--seed", type=_natural, default=0, help="of the first start; each next start adds 1; default 0")
    add("--max-iterations", type=_positive, default=300, metavar="N", help="default 300")
    add("--columns", nargs="+", metavar="NAME", help="the coordinates; default: all columns but the labels")
    add("--labels", metavar="NAME", help="true labels to compare with: a column, or a file with one a line")
    header = "whether the first line has the columns' names, where the file leaves it in doubt"
    add("--header", action=argparse.BooleanOptionalAction, help=header)
    add("--output", type=Path, metavar="CSV", help="write the centroids there, one a line")
    add("--nearest", type=Path, metavar="TXT", help="write each point's nearest centroid there, 0 ... K-1")


def _positive(text: str) -> int:
    if (value := _natural(text)) == 0:
        raise argparse.ArgumentTypeError("expected a whole number >= 1, got '0'")
    return value


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)


def _not_negative(text: str) -> float:
    value = number(text)
    if value is None or value < 0:
        raise argparse.ArgumentTypeError(f"expected a number >= 0, got {text!r}")
    return float(value)


def fit_points(options: argparse.Namespace) -> int:
    """Cluster the points of a file from several starts, and print the best run."""
    from softkmeans.clustering.fit import best_fit
    from softkmeans.clustering.metrics import agreement
    from softkmeans.data.own import OwnData, read_own

    try:
        soft = look_up(METHODS, options.method, "method").soft
        random = look_up(INITIALISATIONS, options.initialisation, "initialisation").random
        wanted = None if options.temperature is None else Temperature.parse(options.temperature)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if soft and wanted is None:
        raise UsageError(f"method {options.method} needs a --temperature, such as 1e9 or 0.1Tc")
    if not soft and wanted is not None:
        raise UsageError(f"method {options.method} has no temperature: leave --temperature out")
    columns = options.columns and tuple(options.columns)
    read = read_own(OwnData(options.file, options.clusters, options.labels, columns, options.header))
    points = read.points
    seeds = range(options.seed, options.seed + (options.repeats if random else 1))
    try:
        run = best_fit(
            points,
            options.clusters,
            seeds,
            method=options.method,
            temperature=wanted,
            initialisation=options.initialisation,
            max_iterations=options.max_iterations,
        )
    except ValueError as error:
        raise DataError(f"{options.file}: {error}") from error
    if options.output:
        _write(run.centroids, options.output)
    if options.nearest:
        _write(run.labels, options.nearest)
    temperature, critical = run.temperature, critical_temperature(points)
    ratio = f" = {temperature / critical:.6g} Tc" if critical else ""
    which = f", seed {run.seed}, the best of {len(seeds)}" if random else ""
    for what, said in read.described().items():
        print(f"{what:<18}{f'{options.file}: ' if what == 'data' else ''}{said}")
    print(f"clusters          K = {options.clusters}")
    print(f"method            {options.method}{f' at T = {temperature:.6g}{ratio}' if soft else ''}")
    print(f"start             {options.initialisation}{which}")
    print(f"iterations        {run.n_iterations}, {'' if run.converged else 'NOT '}converged")
    print(f"objective J       {run.objective:.10g}")
    print(f"smooth objective  {run.smooth_objective:.10g}")
    print(f"entropy           {run.entropy:.10g}")
    if read.labels is not None:
        ari, nmi = agreement(run.labels, read.labels)
        print(f"true labels       ARI {ari:.4f}, NMI {nmi:.4f}")
    return 0


def _write(values: Any, path: Path) -> None:
    """Write an array as text, a row a line, so that reading it gives the same numbers."""
    from softkmeans.files import replacing

    rows = values.reshape(len(values), -1).tolist()
    with replacing(path) as unfinished:
        unfinished.write_text("".join(",".join(map(repr, row)) + "\n" for row in rows), encoding="ascii")


# softkmeans verify


def _add_verify(commands: Any) -> None:
    parser = _add(
        commands,
        "verify",
        verify_results,
        "compare results with their manifest, and with those of another run",
        "softkmeans verify results",
        "softkmeans verify results --against ../other/results",
        "softkmeans verify results --against ../other/results --tolerance 1e-9",
    )
    other = "another run's results or manifest; measured times are not compared"
    tolerance = "largest relative difference of numbers that count as equal; default: all bytes must be equal"
    parser.add_argument("results", type=Path, metavar="RESULTS", help="the folder, with its manifest.json")
    parser.add_argument("--against", type=Path, metavar="OTHER", help=other)
    parser.add_argument("--tolerance", type=_not_negative, metavar="X", help=tolerance)


def verify_results(options: argparse.Namespace) -> int:
    """Print a line for each file that is not as it was made, or not as another run made it."""
    from softkmeans.provenance import manifest
    from softkmeans.provenance.verification import check, circumstances, compare, counted, is_timed, weigh

    other, tolerance = options.against, options.tolerance
    if tolerance is not None and not (other and other.is_dir()):
        raise UsageError("--tolerance compares values, so it needs --against with a folder of results")
    here = manifest.read(options.results / manifest.NAME)
    there = manifest.read(other / manifest.NAME if other.is_dir() else other) if other else None
    found = check(options.results, here)
    print(*found, f"{options.results}: {len(here.results)} files in the manifest, {counted(found)}", sep="\n")
    if there is None:
        return 1 if found else 0
    between = compare(here, there)
    if tolerance is not None:
        cpus = [run.machine["cpu"] for run in (here, there)]
        between = weigh(between, options.results, other, tolerance, cpus)
    print(*between, sep="\n", end="\n" if between else "")
    if between and (what := circumstances(here, there)):
        print(f"the two runs' manifests also differ in: {', '.join(what)}")
    timed = sum(map(is_timed, here.results))
    compared = f"{len(here.results) - timed} files compared, {timed} that hold times left out"
    print(f"{other}: {compared}, {counted(between)}")
    return 1 if found or any(each.kind != "equal" for each in between) else 0
