"""The final centroids of the sweep, from those of its jobs."""

from itertools import chain
from pathlib import Path

from softkmeans.logs import logged
from softkmeans.runs.collecting import by_method, centroids_in_order, write

with logged(snakemake.log[0]):
    runs, centroids = (
        by_method(map(Path, files)) for files in (snakemake.input.runs, snakemake.input.centroids)
    )
    parts = chain.from_iterable(map(centroids_in_order, runs, centroids))
    write("centroids", parts, Path(snakemake.output[0]))
