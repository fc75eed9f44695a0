"""The manifest of all results."""

from pathlib import Path

from softkmeans.logs import logged
from softkmeans.provenance import manifest

with logged(snakemake.log[0]):
    file = Path(snakemake.output[0])
    rules = {Path(path).relative_to(file.parent).as_posix(): rule for path, rule in snakemake.params.rules}
    made = manifest.make(file.parent, rules, snakemake.params.config, snakemake.params.git)
    manifest.write(made, file)
