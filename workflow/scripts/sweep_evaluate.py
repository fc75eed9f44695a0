"""The runs of the sweep on one data set, compared with the ground truth."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.runs.collecting import by_method, final_centroids, in_order, write
from softkmeans.runs.evaluation import Comparison, fill

with logged(snakemake.log[0]) as log:
    data = load(Path(snakemake.input.data))
    comparison = Comparison(data)
    size = data.n_clusters, data.points.shape[1]

    def evaluated(file):
        runs = tables.read("runs", file)
        final = final_centroids(file.with_name("centroids.parquet"), (len(runs), *size))
        return fill(runs, comparison(final))

    groups = by_method(map(Path, snakemake.input.runs))
    write(
        "runs",
        (in_order([evaluated(file) for file in group]) for group in groups),
        Path(snakemake.output[0]),
    )
