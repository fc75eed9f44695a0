"""The front page, what Snakemake's report has of it, and the page of all claims."""

from pathlib import Path

from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.report.ledger import read_ledger
from softkmeans.report.pages import claims_page, facts, front, front_page

with logged(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    rows = read_ledger(Path(snakemake.input.claims))
    run = facts(map(Path, snakemake.input.data), params.git, params.seed)
    pages = {
        output.index: front_page(run, rows, params.figures),
        output.claims: claims_page(rows, run.data),
        output.front: front(run, rows),
    }
    for path, page in pages.items():
        with replacing(Path(path)) as unfinished:
            unfinished.write_text(page, encoding="utf-8")
