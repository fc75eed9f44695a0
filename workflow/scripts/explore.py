"""The explorer of the sweep."""

from pathlib import Path

import pandas as pd

from softkmeans.data.dataset import load
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.report.explorer import explorer
from softkmeans.sweep.shown import LABELS

with logged(snakemake.log[0]):
    paths = {name: Path(snakemake.input[name]) for name in ("runs", "trace", "centroids")}
    data = (load(Path(file)) for file in snakemake.input.data)
    summary = pd.read_csv(snakemake.input.summary)
    page = explorer(data, paths, summary, snakemake.params.solver, LABELS)
    with replacing(Path(snakemake.output[0])) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
