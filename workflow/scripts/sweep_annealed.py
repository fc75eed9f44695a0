"""Some repeats of one method, annealed from random points."""

from pathlib import Path

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import cooling, critical_temperature
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress
from softkmeans.sweep.annealing import run_annealed

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    critical = critical_temperature(data.points)
    first, last = map(int, snakemake.wildcards.shard.split("-"))
    annealed = run_annealed(
        data.points,
        dataset=data.name,
        n_clusters=params.n_clusters,
        method=METHODS[snakemake.wildcards.method],
        initialisation=INITIALISATIONS["random-points"],
        schedule=cooling(*(t.absolute(critical) for t in params.between), params.factor),
        repeats=range(first, last + 1),
        base_seed=params.seed,
        tolerance=params.tolerance,
        max_iterations=params.max_iterations,
        trace=params.trace,
        progress=progress(log, "temperatures have been passed"),
    )
    for name in ("runs", "trace", "centroids", "timings"):
        tables.write(getattr(annealed.batch, name), Path(snakemake.output[name]))
    tables.write(annealed.phases, Path(snakemake.output.phases))
