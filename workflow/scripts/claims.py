"""The ledger of claims, as a table and as a page."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.bundled import DIGITS
from softkmeans.data.dataset import load
from softkmeans.embedding import claims as embedding
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1.study import gather
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2.problem import Evidence, set_up
from softkmeans.report.ledger import make_ledger
from softkmeans.report.pages import claims_page

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    data = {each.name: each for each in map(load, inputs["data"])}
    sources = {name: each.origin.source for name, each in data.items()}
    runs, sweep = ({file.stem: file for file in inputs[name]} for name in ("paper1", "sweep"))
    evidence1 = gather(data, params.paper1, params.n_clusters, runs, sweep)
    start = (params.initialisation, params.starts, params.seed)
    problems = [set_up(data[name], *start) for name in params.paper2]
    found, found3 = (
        {file.stem: tables.frame(tables.read(file.stem, file)) for file in inputs[name]}
        for name in ("paper2", "embedding")
    )
    ledger = tables.concatenate(
        [
            make_ledger(paper1.CLAIMS, evidence1, sources),
            make_ledger(paper2.all_claims(params.paper2), Evidence(tuple(problems), found), sources),
            make_ledger(embedding.CLAIMS, embedding.Evidence(data[DIGITS], found3), sources),
        ]
    )
    for claim in ledger.to_pylist():
        log(f"{claim['id']}: {claim['verdict']}")
    tables.write(ledger, Path(snakemake.output.csv))
    with replacing(Path(snakemake.output.page)) as unfinished:
        unfinished.write_text(claims_page(ledger), encoding="utf-8")
