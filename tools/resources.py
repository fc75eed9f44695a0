"""Print what the jobs of a run took, as the table of docs/slurm.md.

    python tools/resources.py results/benchmarks

The files are those that Snakemake writes for `benchmark:`. It looks at a job's memory every half second, and
after some 15 seconds only every 30, so a short peak may be missed.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pandas as pd


def main(folder: Path) -> None:
    """Print a row for each rule: its number of jobs, and the most that one of them took."""
    jobs = defaultdict(list)
    for file in sorted(folder.rglob("*.tsv")):
        rule = file.relative_to(folder).with_suffix("").parts[0]
        jobs[rule].append(pd.read_csv(file, sep="\t")[["max_rss", "s"]])
    print("| rule | jobs | MB | seconds |\n|---|---|---|---|")
    for rule, found in jobs.items():
        most = pd.concat(found).max()
        print(f"| `{rule}` | {len(found)} | {most['max_rss']:.0f} | {most['s']:.0f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
