"""Some repeats of one method, from all initialisations at all temperatures."""

from pathlib import Path

from softkmeans import tables
from softkmeans.datasets import load
from softkmeans.experiments.runner import run_batch
from softkmeans.initialisations import INITIALISATIONS
from softkmeans.logs import logged, progress
from softkmeans.methods import METHODS
from softkmeans.temperatures import critical_temperature

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    data = load(Path(snakemake.input.points), Path(snakemake.input.provenance))
    critical = critical_temperature(data.points)
    first, last = map(int, snakemake.wildcards.shard.split("-"))
    batch = run_batch(
        data.points,
        dataset=data.name,
        n_clusters=params.n_clusters,
        method=METHODS[snakemake.wildcards.method],
        initialisations=[INITIALISATIONS[name] for name in params.initialisations],
        temperatures=sorted({t.absolute(critical) for t in params.temperatures}),
        repeats=range(first, last + 1),
        base_seed=params.seed,
        tolerance=params.tolerance,
        max_iterations=params.max_iterations,
        trace=params.trace,
        progress=progress(log),
    )
    for name in ("runs", "trace", "centroids", "timings"):
        tables.write(getattr(batch, name), Path(snakemake.output[name]))
