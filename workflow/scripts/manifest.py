"""The manifest of all results."""

from pathlib import Path

from softkmeans.logs import logged
from softkmeans.provenance import manifest

with logged(snakemake.log[0]):
    file = Path(snakemake.output[0])
    paths = [Path(path).relative_to(file.parent).as_posix() for path in snakemake.input]
    manifest.write(manifest.make(file.parent, paths, snakemake.params.config, snakemake.params.git), file)
