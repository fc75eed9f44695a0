"""Figures of the sweep: those of the outputs."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import describe
from softkmeans.logs import logged
from softkmeans.report.style import applied, save_all
from softkmeans.sweep.figures import draw
from softkmeans.sweep.shown import Known, Sweep
from softkmeans.sweep.summary import read_summary

with logged(snakemake.log[0]), applied():
    found = {name: read_summary(snakemake.input[name]) for name in ("summary", "paired", "best", "published")}
    phases = tables.frame(tables.read("phases", Path(snakemake.input.phases)))
    described = [describe(Path(file)) for file in snakemake.input.data]
    known = {one.name: Known(one.origin.source, one.n_clusters) for one in described}
    names = [Path(file).stem for file in snakemake.output if file.endswith(".png")]
    save_all(draw(names, Sweep(**found, phases=phases, known=known)), Path(snakemake.output[0]).parent)
