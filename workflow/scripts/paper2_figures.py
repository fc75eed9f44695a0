"""Figures of paper 2, or its table as a picture: those of the outputs."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.figures import draw
from softkmeans.report.style import applied, save

with logged(snakemake.log[0]), applied():
    data = [load(Path(file)) for file in snakemake.input.data]
    files = [Path(file) for file in snakemake.input.tables]
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in files}
    folder = Path(snakemake.output[0]).parent
    names = [Path(file).stem for file in snakemake.output if file.endswith(".png")]
    for name, (figure, plotted) in draw(names, data, found):
        save(figure, plotted, folder / name)
