"""One data set, with its origin."""

from pathlib import Path

from softkmeans.data.dataset import save
from softkmeans.data.obtain import obtain
from softkmeans.logs import logged

with logged(snakemake.log[0]) as log:
    data = obtain(snakemake.wildcards.dataset, **snakemake.params.asked_for, log=log)
    save(data, Path(snakemake.output[0]))
