"""The runs of paper 1 as CSV, and how far its methods are apart."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper1.study import differences

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    runs, centroids = (tables.read(name, Path(snakemake.input[name])) for name in ("runs", "centroids"))
    tables.write(runs, Path(snakemake.output.runs))
    extent = float(np.ptp(data.points, axis=0).max())
    tables.write(differences(tables.frame(centroids), extent), Path(snakemake.output.differences))
