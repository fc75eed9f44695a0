"""The claims of paper 1, measured on its runs, and on those of the sweep where there is one."""

from pathlib import Path

from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper1.claims import CLAIMS
from softkmeans.paper1.study import gather
from softkmeans.report.ledger import make_ledger, write_ledger

with logged(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    data = [load(Path(file)) for file in inputs.data]
    sources = {each.name: each.origin.source for each in data}
    paper1, sweep = (
        {Path(file).stem: Path(file) for file in files} for files in (inputs.paper1, inputs.get("sweep", []))
    )
    evidence = gather({each.name: each for each in data}, params.dataset, params.n_clusters, paper1, sweep)
    write_ledger(make_ledger(CLAIMS, evidence, sources), Path(snakemake.output.csv), log)
