"""The runs of the sweep on one data set, compared with the ground truth."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.runs.evaluation import evaluated

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    runs, centroids = (map(Path, snakemake.input[name]) for name in ("runs", "centroids"))
    tables.write(evaluated(runs, centroids, data), Path(snakemake.output[0]))
