"""The tables of an experiment from those of its batches, with the ground truth's columns filled in."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.runs.evaluation import evaluate

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    batches = [Path(file) for file in snakemake.input.batches]

    def collected(name):
        return tables.concatenate(tables.read(name, file) for file in batches if file.stem == name)

    centroids = collected("centroids")
    runs = evaluate(collected("runs"), centroids, data)
    tables.write(runs, Path(snakemake.output.runs))
    tables.write(runs, Path(snakemake.output.runs_csv))
    tables.write(collected("trace"), Path(snakemake.output.trace))
    tables.write(centroids, Path(snakemake.output.centroids))
