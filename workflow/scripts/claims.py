"""The ledger of claims, as a table and as a page."""

from pathlib import Path

from softkmeans import tables
from softkmeans.contest import claims as contest
from softkmeans.data.dataset import load
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1.study import gather
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2.problem import Evidence, set_up
from softkmeans.report.ledger import make_ledger
from softkmeans.report.pages import claims_page
from softkmeans.sweep import phase_claims

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    alone = {name: Path(snakemake.input[name]) for name in ("phases", "contest")}
    inputs = {
        name: [Path(file) for file in files] for name, files in snakemake.input.items() if name not in alone
    }
    data = {each.name: each for each in map(load, inputs["data"])}
    sources = {name: each.origin.source for name, each in data.items()}
    runs, sweep = ({file.stem: file for file in inputs[name]} for name in ("paper1", "sweep"))
    evidence1 = gather(data, params.paper1, params.n_clusters, runs, sweep)
    start = (params.initialisation, params.starts, params.seed)
    problems = [set_up(data[name], *start) for name in params.paper2]
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in inputs["paper2"]}
    frames = {name: tables.frame(tables.read(name, file)) for name, file in alone.items()}
    phases = phase_claims.Evidence(frames["phases"], {name: each.n_clusters for name, each in data.items()})
    ledger = tables.concatenate(
        [
            make_ledger(paper1.CLAIMS, evidence1, sources),
            make_ledger(paper2.all_claims(params.paper2), Evidence(tuple(problems), found), sources),
            make_ledger(phase_claims.CLAIMS, phases, sources),
            make_ledger(contest.CLAIMS, contest.Evidence(frames["contest"]), sources),
        ]
    )
    for claim in ledger.to_pylist():
        log(f"{claim['id']}: {claim['verdict']}")
    tables.write(ledger, Path(snakemake.output.csv))
    with replacing(Path(snakemake.output.page)) as unfinished:
        unfinished.write_text(claims_page(ledger), encoding="utf-8")
