"""The ledger of claims, as a table and as a page."""

from pathlib import Path

from softkmeans import tables
from softkmeans.claims import ledger
from softkmeans.claims.evidence import gather
from softkmeans.claims.page import render
from softkmeans.files import replacing
from softkmeans.initialisations import INITIALISATIONS
from softkmeans.logs import logged

with logged(snakemake.log[0]) as log:
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    params = snakemake.params
    found = ledger(
        gather(
            dict(zip(params.datasets, zip(inputs["points"], inputs["provenance"], strict=True), strict=True)),
            *({file.stem: file for file in inputs[name]} for name in ("paper1", "paper2", "sweep")),
            dataset=params.datasets[0],
            n_clusters=params.n_clusters,
            initialisation=INITIALISATIONS[params.initialisation],
            n_starts=params.starts,
            base_seed=params.seed,
        )
    )
    for claim in found.to_pylist():
        log(f"{claim['id']}: {claim['verdict']}")
    tables.write(found, Path(snakemake.output.csv))
    with replacing(Path(snakemake.output.page)) as unfinished:
        unfinished.write_text(render(found), encoding="utf-8")
