"""Runs of several methods on data sets, each at a constant temperature or annealed, as tables."""

from pathlib import Path

import pyarrow.compute as pc

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluated
from softkmeans.sweep.annealing import run_annealed
from softkmeans.sweep.names import ANNEALED

with logged(snakemake.log[0]) as log:
    files = [snakemake.input.data] if isinstance(snakemake.input.data, str) else snakemake.input.data
    data = {Path(file).stem: load(Path(file)) for file in files}
    params, output = snakemake.params, dict(snakemake.output.items())
    made = {name: [tables.SCHEMAS[name].empty_table()] for name in output}
    for dataset, method, first, end in params.tasks:
        say = progress(log, f"{dataset}, {method}")
        options = {**params.options, "repeats": range(first, end), "progress": say}
        if method.startswith(ANNEALED):
            options |= params.annealed
            found = run_annealed(data[dataset], method=method.removeprefix(ANNEALED), **options)
        else:
            found = run_batch(data[dataset], method=method, **options)
        if "centroids" in output:
            found["runs"] = evaluated(found["runs"], found["centroids"], data[dataset])
            if params.get("centroids") is not None:
                few = pc.less(found["centroids"]["repeat"], params.centroids)
                found["centroids"] = found["centroids"].filter(few)
        for name in made.keys() & found.keys():
            made[name].append(found[name])
    for name, path in output.items():
        tables.write(tables.concatenate(made[name]), Path(path))
