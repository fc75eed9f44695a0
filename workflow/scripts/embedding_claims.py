"""The claims of clustering within a network, measured on its tables."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.embedding.claims import CLAIMS, Evidence
from softkmeans.logs import logged
from softkmeans.report.ledger import make_ledger, write_ledger

with logged(snakemake.log[0]) as log:
    inputs = snakemake.input
    data = load(Path(inputs.data))
    found = {Path(file).stem: tables.frame(tables.read(Path(file).stem, file)) for file in inputs.tables}
    ledger = make_ledger(CLAIMS, Evidence(data, found), {data.name: data.origin.source})
    write_ledger(ledger, Path(snakemake.output.csv), log)
