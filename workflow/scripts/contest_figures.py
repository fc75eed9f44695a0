"""Figures of the contest."""

from pathlib import Path

import pandas as pd

from softkmeans.contest.figures import draw
from softkmeans.data.dataset import describe
from softkmeans.logs import logged
from softkmeans.report.style import applied, save_all

with logged(snakemake.log[0]), applied():
    described = [describe(Path(file)) for file in snakemake.input.data]
    origins = {one.name: one.origin.source for one in described}
    drawings = draw(pd.read_csv(snakemake.input.standings), origins)
    save_all(drawings, Path(snakemake.output[0]).parent)
