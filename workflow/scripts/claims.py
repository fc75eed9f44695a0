"""The ledger of all studies, one after the other."""

from pathlib import Path

from softkmeans import tables
from softkmeans.logs import logged
from softkmeans.report.ledger import read_ledger, write_ledger

with logged(snakemake.log[0]) as log:
    rows = [row for file in snakemake.input.ledgers for row in read_ledger(Path(file))]
    write_ledger(tables.from_rows("claims", rows), Path(snakemake.output.csv), log)
