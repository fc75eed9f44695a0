"""Figures of paper 2: those of the outputs."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.figures import draw
from softkmeans.report.style import applied, save_all

with logged(snakemake.log[0]), applied():
    data = [load(Path(file)) for file in snakemake.input.data]
    files = map(Path, snakemake.input.tables)
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in files}
    names = [Path(file).stem for file in snakemake.output if file.endswith(".png")]
    save_all(draw(names, data, found), Path(snakemake.output[0]).parent)
