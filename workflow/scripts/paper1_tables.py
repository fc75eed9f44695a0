"""The tables of paper 1 from those of its runs, and how far its methods are apart."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper1.study import differences
from softkmeans.runs.evaluation import evaluated

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    runs, trace, centroids = (
        [Path(file) for file in snakemake.input[name]] for name in ("runs", "trace", "centroids")
    )
    output = {name: Path(file) for name, file in snakemake.output.items()}
    table = evaluated(runs, centroids, data)
    tables.write(table, output["runs"])
    tables.write(table, output["runs_csv"])
    tables.gather("trace", trace, output["trace"])
    tables.gather("centroids", centroids, output["centroids"])
    extent = float(np.ptp(data.points, axis=0).max())
    found = tables.frame(tables.read("centroids", output["centroids"]))
    tables.write(differences(found, extent), output["differences"])
