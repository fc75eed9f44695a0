"""The generated data sets of paper 2."""

from pathlib import Path

from softkmeans.data.dataset import save
from softkmeans.data.generated import GEOMETRIES, generate
from softkmeans.logs import logged

with logged(snakemake.log[0]):
    folder = Path(snakemake.output[0]).parent
    for name in GEOMETRIES:
        data = generate(name, snakemake.params.seed)
        save(data, folder / f"{name}.npz", folder / f"{name}.json")
