"""The ledger of claims, as a table and as a page."""

from dataclasses import replace
from pathlib import Path

from softkmeans import tables
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.data.dataset import load
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper1 import claims as paper1
from softkmeans.paper1.study import SOFT
from softkmeans.paper2 import claims as paper2
from softkmeans.paper2.problem import set_up
from softkmeans.report.ledger import make_ledger
from softkmeans.report.pages import render
from softkmeans.runs.stored import size_of, study

with logged(snakemake.log[0]) as log:
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    params = snakemake.params
    found = {file.stem: tables.frame(tables.read(file.stem, file)) for file in inputs["paper2"]}
    of_paper2 = list(found["collapse"]["dataset"].unique())
    sizes, sources, problems = {}, {}, {}
    for name, file in zip(params.datasets, inputs["data"], strict=True):  # one at a time: they may be large
        data = load(file)
        sizes[name], sources[name] = size_of(data), data.origin.source
        if name == params.datasets[0]:
            first = data
        if name in of_paper2:
            start = INITIALISATIONS[params.initialisation]
            problems[name] = set_up(data, start, params.starts, params.seed)
    own = {first.name: replace(sizes[first.name], n_clusters=params.n_clusters)}
    runs, sweep = ({file.stem: file for file in inputs[name]} for name in ("paper1", "sweep"))
    evidence1 = paper1.Evidence(
        first, params.n_clusters, study(runs, own, SOFT), study(sweep, sizes, SOFT) if sweep else None
    )
    evidence2 = paper2.Evidence(tuple(problems[name] for name in of_paper2), found)
    ledger = tables.concatenate(
        [
            make_ledger(paper1.CLAIMS, evidence1, sources),
            make_ledger(paper2.all_claims(evidence2.datasets), evidence2, sources),
        ]
    )
    for claim in ledger.to_pylist():
        log(f"{claim['id']}: {claim['verdict']}")
    tables.write(ledger, Path(snakemake.output.csv))
    with replacing(Path(snakemake.output.page)) as unfinished:
        unfinished.write_text(render(ledger), encoding="utf-8")
