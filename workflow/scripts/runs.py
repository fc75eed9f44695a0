"""Runs of one method."""

from pathlib import Path

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.runs.batch import run_batch

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    critical = critical_temperature(data.points)
    batch = run_batch(
        data.points,
        dataset=data.name,
        n_clusters=snakemake.params.n_clusters,
        method=METHODS[snakemake.wildcards.method],
        initialisations=[INITIALISATIONS[name] for name in snakemake.params.initialisations],
        temperatures=[t.absolute(critical) for t in snakemake.params.temperatures],
        repeats=range(snakemake.params.repeats),
        base_seed=snakemake.params.seed,
        tolerance=snakemake.params.tolerance,
        max_iterations=snakemake.params.max_iterations,
        every_iteration=snakemake.params.every_iteration,
    )
    for name in ("runs", "trace", "centroids"):
        tables.write(getattr(batch, name), Path(snakemake.output[name]))
