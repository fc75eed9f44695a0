"""Every figure of paper 2, and its table as a picture."""

from pathlib import Path

from softkmeans import tables
from softkmeans.datasets import load
from softkmeans.figures.paper2 import draw
from softkmeans.figures.style import applied, save
from softkmeans.logs import logged

with logged(snakemake.log[0]), applied():
    paths = zip(snakemake.input.points, snakemake.input.provenance, strict=True)
    data = [load(Path(points), Path(provenance)) for points, provenance in paths]
    files = [Path(file) for file in snakemake.input.tables]
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in files}
    folder = Path(snakemake.output[0]).parent
    for name, (figure, plotted) in draw(data, found):
        save(figure, plotted, folder / name)
