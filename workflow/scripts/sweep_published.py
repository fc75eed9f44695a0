"""Centroid indices of K-means from random points, run to its fixed point."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.metrics import centroid_index
from softkmeans.data.dataset import load
from softkmeans.logs import logged, progress
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import fill

with logged(snakemake.log[0]) as log:
    data = load(Path(snakemake.input.data))
    first, last = map(int, snakemake.wildcards.shard.split("-"))
    batch = run_batch(
        data.points,
        dataset=data.name,
        n_clusters=data.n_clusters,
        method=METHODS["kmeans"],
        initialisations=[INITIALISATIONS["random-points"]],
        temperatures=[],
        repeats=range(first, last + 1),
        base_seed=snakemake.params.seed,
        tolerance=0,
        max_iterations=10_000,
        trace="final",
        progress=progress(log),
    )
    final = batch.centroids["value"].to_numpy().reshape(len(batch.runs), *data.true_centroids.shape)
    indices = np.array([centroid_index(found, data.true_centroids) for found in final], dtype=float)
    tables.write(fill(batch.runs, {"centroid_index": indices}), Path(snakemake.output[0]))
