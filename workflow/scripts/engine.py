"""Compile the engine into the user's cache, and say where it is."""

from pathlib import Path

from softkmeans.clustering import compiled
from softkmeans.logs import logged

with logged(snakemake.log[0]) as log:
    compiled.load()  # it finds the labels of the runs that the numpy engine makes, too
    log(f"compiled into {compiled.cache_folder()}; runs are made by the {snakemake.params.engine} engine")
    Path(snakemake.output[0]).write_text(f"{snakemake.params.engine}\n", encoding="utf-8")
