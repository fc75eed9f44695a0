"""The ledger of claims: of the studies whose tables are given."""

from pathlib import Path

from softkmeans import tables
from softkmeans.contest import claims as contest
from softkmeans.data.bundled import DIGITS
from softkmeans.data.dataset import load
from softkmeans.embedding import claims as embedding
from softkmeans.logs import logged
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1.study import gather
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2.problem import gather as gather2
from softkmeans.paper2.problem import set_up
from softkmeans.report.ledger import make_ledger
from softkmeans.report.pages import read_ledger
from softkmeans.sweep import claims as beyond
from softkmeans.sweep import phase_claims
from softkmeans.sweep.summary import read_summary

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    inputs = {
        name: {Path(file).stem: Path(file) for file in files} for name, files in snakemake.input.items()
    }
    data = {name: load(file) for name, file in inputs["data"].items()}
    sources = {name: each.origin.source for name, each in data.items()}
    ledgers = []
    if "paper1" in inputs:
        evidence1 = gather(data, params.paper1, params.n_clusters, inputs["paper1"], inputs.get("sweep", {}))
        ledgers.append(make_ledger(paper1.CLAIMS, evidence1, sources))
    if "paper2" in inputs:
        start = (params.initialisation, params.starts, params.seed)
        problems = [set_up(data[name], *start) for name in params.paper2]
        found = {name: tables.frame(tables.read(name, file)) for name, file in inputs["paper2"].items()}
        ledgers.append(make_ledger(paper2.all_claims(params.paper2), gather2(problems, found), sources))
    if "compared" in inputs:
        compared = {name: read_summary(file) for name, file in inputs["compared"].items()}
        runs = tables.frame(tables.read("runs", inputs["sweep"]["runs"]))
        swept = beyond.Evidence(runs, **compared)
        ledgers.append(make_ledger(beyond.all_claims(params.published, params.n_swept), swept, sources))
        phases = tables.frame(tables.read("phases", inputs["phases"]["phases"]))
        split = phase_claims.Evidence(phases, {name: each.n_clusters for name, each in data.items()})
        ledgers.append(make_ledger(phase_claims.CLAIMS, split, sources))
    if "contest" in inputs:
        results = tables.frame(tables.read("contest", inputs["contest"]["contest"]))
        ledgers.append(make_ledger(contest.CLAIMS, contest.Evidence(results), sources))
    if "embedding" in inputs:
        found = {name: tables.frame(tables.read(name, file)) for name, file in inputs["embedding"].items()}
        ledgers.append(make_ledger(embedding.CLAIMS, embedding.Evidence(data[DIGITS], found), sources))
    for file in snakemake.input.get("ledgers", []):  # those of other studies, as measured
        rows = read_ledger(Path(file))
        ledgers.append(tables.make("claims", {name: [row[name] for row in rows] for name in rows[0]}))
    ledger = tables.concatenate(ledgers)
    for claim in ledger.to_pylist():
        log(f"{claim['id']}: {claim['verdict']}")
    tables.write(ledger, Path(snakemake.output.csv))
