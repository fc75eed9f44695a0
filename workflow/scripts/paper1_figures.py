"""Every figure of paper 1."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper1.figures import draw
from softkmeans.report.style import applied, save_all

with logged(snakemake.log[0]), applied():
    data = load(Path(snakemake.input.data))
    names = ("runs", "trace", "centroids")
    found = (tables.frame(tables.read(name, Path(snakemake.input[name]))) for name in names)
    save_all(draw(data, snakemake.params.n_clusters, *found), Path(snakemake.output[0]).parent)
