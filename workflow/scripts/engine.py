"""Compile the engine into the user's cache, and say where it is."""

from pathlib import Path

from softkmeans.clustering import compiled
from softkmeans.logs import logged

with logged(snakemake.log[0]) as log:
    used = "the numpy engine: nothing to compile"
    if snakemake.params.engine == "compiled":
        compiled.load()
        used = f"compiled into {compiled.cache_folder()}"
    log(used)
    Path(snakemake.output[0]).write_text(f"{snakemake.params.engine}\n", encoding="utf-8")
