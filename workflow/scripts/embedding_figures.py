"""Figures of clustering within a network."""

from pathlib import Path

import pandas as pd

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.embedding.figures import Shown, draw
from softkmeans.logs import logged
from softkmeans.report.style import applied, save_all

with logged(snakemake.log[0]), applied():
    files = map(Path, snakemake.input.tables)
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in files}
    shown = Shown(found["comparison"], pd.read_csv(snakemake.input.gains), found["limits"])
    caption = load(Path(snakemake.input.data)).caption
    save_all(draw(shown, caption), Path(snakemake.output[0]).parent)
