"""The claims of paper 2, measured on its tables."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.paper2.claims import all_claims
from softkmeans.paper2.problem import gather, set_up
from softkmeans.report.ledger import make_ledger, write_ledger

with logged(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    data = [load(Path(file)) for file in inputs.data]
    sources = {each.name: each.origin.source for each in data}
    problems = [set_up(each, params.initialisation, params.starts, params.seed) for each in data]
    found = {Path(file).stem: tables.frame(tables.read(Path(file).stem, file)) for file in inputs.paper2}
    claims = all_claims([each.name for each in data])
    write_ledger(make_ledger(claims, gather(problems, found), sources), Path(snakemake.output.csv), log)
