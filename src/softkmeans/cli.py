"""The command `softkmeans`: data sets, a clustering of one's own points, and checking results.

Exit codes: 0, all is well; 1, results differ, or data cannot be had or used; 2, the command was misused.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature
from softkmeans.commands import UsageError, complain, fetch_data, fit_points, list_data, verify_results
from softkmeans.data.catalogue import FAMILIES
from softkmeans.errors import DataError, look_up

CLOSED_PIPE = 141  # what a shell reports of a program whose reader has gone


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with exit code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        try:
            return _run(arguments)
        finally:
            print(end="", flush=True)
    except OSError as error:  # standard output cannot be written to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE if isinstance(error, BrokenPipeError) else complain(error)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
        try:
            code: int = options.command(options)
        except UsageError as error:
            options.parser.error(str(error))
        return code
    except SystemExit as end:  # from argparse: after help, or an error
        return int(end.code or 0)
    except BrokenPipeError:
        raise
    except (DataError, OSError, MemoryError) as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130


def _parser() -> Parser:
    parser = Parser(
        prog="softkmeans",
        description="K-means at finite temperature: the benchmark's data sets, your own points, and whether "
        "results are as they were made.",
        epilog="exit codes: 0, all is well; 1, results differ, or data cannot be had or used; 2, misused",
    )
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
        "softkmeans data list --family DIM",
    )
    parser.add_argument(
        "--family", type=_one_of(FAMILIES, "family"), help=f"only this one: {', '.join(FAMILIES)}"
    )
    _add_sources(parser)


def _add_fetch(commands: Any) -> None:
    parser = _add(
        commands,
        "fetch",
        fetch_data,
        "download data sets, and check their values by SHA-256",
        "softkmeans data fetch s1 a1",
        "softkmeans data fetch DIM --to points",
        "softkmeans data fetch all --mirror file:///data/sipu sipu",
    )
    parser.add_argument("names", nargs="+", metavar="NAME", help="a data set, a family, or all")
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="also write NAME.csv and NAME-labels.txt there"
    )
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


# softkmeans fit


def _add_fit(commands: Any) -> None:
    parser = _add(
        commands,
        "fit",
        fit_points,
        "cluster the points of a file, and say how that went",
        "softkmeans fit points.csv --clusters 5",
        "softkmeans fit points.csv --clusters 5 --method lse --temperature 0.05Tc --output centroids.csv",
    )
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a point a line: CSV or other text, plain or .gz; or .npy")
    add("--clusters", type=_positive, required=True, metavar="K", help="how many clusters")
    add(
        "--method",
        type=_one_of(METHODS, "method"),
        default="kmeans",
        help=f"{', '.join(METHODS)}; default %(default)s",
    )
    add(
        "--temperature",
        type=_temperature,
        metavar="T",
        help="in squared units of the data (1e9) or in critical temperatures (0.1Tc); not for kmeans",
    )
    add(
        "--initialisation",
        type=_one_of(INITIALISATIONS, "initialisation"),
        default="kmeans++",
        help=f"{', '.join(INITIALISATIONS)}; default %(default)s",
    )
    add("--repeats", type=_positive, default=10, metavar="R", help="starts; the best counts; default 10")
    add("--seed", type=_natural, default=0, help="of the first start, the next one's is 1 more; default 0")
    add("--max-iterations", type=_positive, default=300, metavar="N", help="default 300")
    add("--output", type=Path, metavar="CSV", help="write the centroids there, one a line")
    add("--labels", type=Path, metavar="TXT", help="write each point's nearest centroid there, 0 ... K-1")


def _positive(text: str) -> int:
    if (value := _natural(text)) == 0:
        raise argparse.ArgumentTypeError("expected a whole number >= 1, got '0'")
    return value


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)


def _temperature(text: str) -> Temperature:
    try:
        return Temperature.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _one_of(table: Mapping[str, object], kind: str) -> Callable[[str], str]:
    """A check that a name is in a table."""

    def check(name: str) -> str:
        try:
            look_up(table, name, kind)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return name

    return check


# softkmeans verify


def _add_verify(commands: Any) -> None:
    parser = _add(
        commands,
        "verify",
        verify_results,
        "compare results with their manifest, and with those of another run",
        "softkmeans verify results",
        "softkmeans verify results --against ../other/results",
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="the folder, with its manifest.json")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="OTHER",
        help="another run's results or manifest; what holds times is not compared",
    )
