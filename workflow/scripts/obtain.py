"""One data set: from a mirror, the twin or the user's files."""

from pathlib import Path

from softkmeans.datasets import save
from softkmeans.logs import logged
from softkmeans.obtain import obtain

with logged(snakemake.log[0]) as log:
    data = obtain(
        snakemake.wildcards.dataset,
        source=snakemake.params.source,
        mirrors=snakemake.params.mirrors,
        own={snakemake.wildcards.dataset: own for own in snakemake.params.own},
        log=log,
    )
    save(data, Path(snakemake.output.points), Path(snakemake.output.provenance))
