"""The claims beyond the papers, measured on the sweep and on where its clusters split."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.logs import logged
from softkmeans.report.ledger import make_ledger, write_ledger
from softkmeans.sweep import claims, phase_claims
from softkmeans.sweep.summary import read_summary

with logged(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    data = [load(Path(file)) for file in inputs.data]
    sources = {each.name: each.origin.source for each in data}
    runs, phases = (tables.frame(tables.read(name, inputs[name])) for name in ("runs", "phases"))
    paired, published = (read_summary(Path(inputs[name])) for name in ("paired", "published"))
    swept = claims.Evidence(runs, paired, published)
    split = phase_claims.Evidence(phases, {each.name: each.n_clusters for each in data})
    ledger = tables.concatenate(
        [
            make_ledger(claims.all_claims(params.published, len(data)), swept, sources),
            make_ledger(phase_claims.CLAIMS, split, sources),
        ]
    )
    write_ledger(ledger, Path(snakemake.output.csv), log)
