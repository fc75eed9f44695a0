"""One data set: from a mirror, the twin or the user's files."""

from pathlib import Path

from softkmeans.data.dataset import save
from softkmeans.data.obtain import obtain
from softkmeans.logs import logged

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
