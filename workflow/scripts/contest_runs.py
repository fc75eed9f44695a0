"""All contenders on one data set."""

from pathlib import Path

from softkmeans import tables
from softkmeans.contest.contenders import Rules
from softkmeans.contest.study import run_contest
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    found = run_contest(
        data,
        Rules(**params.rules),
        repeats=params.repeats,
        budget=params.budget,
        seed=params.seed,
        progress=progress(log, f"{data.name}, contenders"),
    )
    for name, table in found.items():
        tables.write(table, Path(snakemake.output[name]))
