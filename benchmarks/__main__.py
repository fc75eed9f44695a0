"""Command line: ``python -m benchmarks [TABLE …]``."""

import argparse
import inspect
from pathlib import Path

from benchmarks import accuracy, hard, memory, soft
from benchmarks.setting import Setting, environment, markdown
from softkmeans.data.catalogue import BENCHMARK

#: The tables in the order of the page; the docstring of each function is its caption.
TABLES = {
    "sets": hard.sets,
    "algorithms": hard.algorithms,
    "blobs": hard.blobs,
    "soft": soft.soft,
    "accuracy": accuracy.accuracy,
    "memory": memory.memory,
}
PAGE = Path("docs/benchmarks.md")
HEAD = """\
# Benchmarks

    python3 -m pip install -c constraints.txt -e '.[bench]'     # the peers; geokmeans wants a C++17 compiler
    python3 -m benchmarks                                       # measures every table and writes this page
    python3 -m benchmarks sets soft --only birch1               # some tables and data sets, printed only
    python3 -m benchmarks --configfile mine.yaml                # its `data` goes before that of config.yaml
    python3 -m benchmarks --against DIR                         # the numpy kernels of an earlier checkout too
    python3 -m benchmarks --quick                               # little data, to see that everything runs

Every library is held to one thread. Times are CPU time, ours and the peers' taken in turn. A cell such as
9.6 (9.1–10.2) is the median of the rounds, with the smallest and the largest; × is the peer's time over
ours. **v** is the variance within the clusters of the ground truth, per coordinate.
"""


def main() -> None:
    """Make the tables asked for; all of them, which is the default, are the page docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"any of {', '.join(TABLES)}")
    parser.add_argument("--rounds", type=int, default=5, help="times that each timing is repeated")
    parser.add_argument(
        "--configfile", action="append", type=Path, default=[], help="files with `data` of their own"
    )
    parser.add_argument("--against", type=Path, metavar="DIR", help="an earlier checkout, for the table soft")
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="some data sets, such as birch1")
    parser.add_argument("--quick", action="store_true", help="one data set, two starts, one round")
    options = parser.parse_args()
    if unknown := set(options.tables) - set(TABLES):
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    if unknown := set(options.only) - set(BENCHMARK):
        parser.error(
            f"no data set {', '.join(sorted(unknown))} in the benchmark; there are {', '.join(BENCHMARK)}"
        )
    files = [Path("config.yaml"), *options.configfile]
    rounds = 1 if options.quick else options.rounds
    setting = Setting.read(files, rounds, options.quick, tuple(options.only), options.against)
    parts = [HEAD]
    for name in options.tables or TABLES:
        caption, table = inspect.getdoc(TABLES[name]), TABLES[name](setting)
        parts.append(f"## {name}\n\n{caption}\n\n{markdown(table)}\n")
        print(parts[-1], flush=True)
    parts.insert(1, environment(setting))
    print(parts[1])
    if not (options.tables or options.only or options.quick):
        PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
