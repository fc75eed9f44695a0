"""Command line: ``python -m benchmarks [speed | iterations | memory | accuracy | published]``."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks import accuracy, memory, published, speed
from benchmarks.setting import Sets, environment, report

TABLES: dict[str, Callable[[Sets, argparse.Namespace], pd.DataFrame]] = {
    "speed": lambda sets, asked: speed.ratios(sets, asked.only, asked.rounds),
    "iterations": lambda sets, asked: speed.iterations(sets, asked.only, asked.rounds),
    "memory": lambda sets, asked: memory.peaks(sets, asked.only),
    "accuracy": lambda sets, asked: accuracy.errors(sets, asked.only),
    "published": lambda sets, asked: published.means(sets, asked.only, asked.scale),
}


def main() -> None:
    """Make the tables asked for, by default all but the long `published`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help=f"any of {', '.join(TABLES)}", default=list(TABLES)[:-1]
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows whose name contains this")
    parser.add_argument("--rounds", type=int, default=7, help="times that each timing is repeated")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the repeats of `published`")
    parser.add_argument(
        "--configfile",
        nargs="+",
        type=Path,
        default=[],
        help="files whose `data` goes before that of config.yaml, as with snakemake",
    )
    parser.add_argument("--output", type=Path, default=Path("results/benchmarks"), help="folder of the CSVs")
    asked = parser.parse_args()
    if unknown := set(asked.tables) - set(TABLES):
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    sets = Sets.read([Path("config.yaml"), *asked.configfile])
    print(environment(), flush=True)
    for name in asked.tables:
        table = TABLES[name](sets, asked)
        if table.empty:
            parser.error(f"no row of {name} contains {asked.only!r}, or what it needs is not installed")
        report(name, table, asked.output)


if __name__ == "__main__":
    main()
