"""One data set: from a mirror, the twin or the user's files."""

from pathlib import Path

from softkmeans.datasets import save
from softkmeans.logs import logged
from softkmeans.obtain import obtain

with logged(snakemake.log[0]) as log:
    name = snakemake.wildcards.dataset
    data = obtain(
        name,
        source=snakemake.params.source,
        mirrors=snakemake.params.mirrors,
        own={name: snakemake.params.own[0]} if snakemake.params.own else {},
        log=log,
    )
    save(data, Path(snakemake.output.points), Path(snakemake.output.provenance))
