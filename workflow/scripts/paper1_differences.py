"""How far the equivalent methods are apart at each iteration."""

from pathlib import Path

import numpy as np

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper1.study import differences

with logged(snakemake.log[0]):
    data = load(Path(snakemake.input.data))
    centroids = tables.read("centroids", Path(snakemake.input.centroids))
    found = differences(centroids, scale=float(np.ptp(data.points, axis=0).max()))
    with replacing(Path(snakemake.output[0])) as unfinished:
        found.to_csv(unfinished, index=False)
