"""Every figure of paper 1."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper1.figures import draw
from softkmeans.report.style import applied, save

with logged(snakemake.log[0]), applied():
    data = load(Path(snakemake.input.data))
    runs, trace, centroids = (
        tables.read(name, Path(snakemake.input[name])) for name in ("runs", "trace", "centroids")
    )
    folder = Path(snakemake.output[0]).parent
    for name, (figure, plotted) in draw(data, snakemake.params.n_clusters, runs, trace, centroids):
        save(figure, plotted, folder / name)
