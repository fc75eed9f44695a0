"""The claims of the contest, measured on its results."""

from pathlib import Path

from softkmeans import tables
from softkmeans.contest.claims import CLAIMS, Evidence
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.report.ledger import make_ledger, write_ledger

with logged(snakemake.log[0]) as log:
    inputs = snakemake.input
    data = [load(Path(file)) for file in inputs.data]
    sources = {each.name: each.origin.source for each in data}
    evidence = Evidence(tables.frame(tables.read("contest", inputs.contest)))
    write_ledger(make_ledger(CLAIMS, evidence, sources), Path(snakemake.output.csv), log)
