"""Some repeats of one method, from all initialisations at all temperatures."""

from pathlib import Path

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress
from softkmeans.runs.batch import run_batch

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    data = load(Path(snakemake.input.data))
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
