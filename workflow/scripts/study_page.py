"""The page of a study: its figures, each with its caption, and its claims."""

from pathlib import Path

from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.report.ledger import read_ledger
from softkmeans.report.pages import facts, shown, study_page

with logged(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    rows = read_ledger(Path(inputs.claims))
    figures = [
        shown(Path(figure), Path(caption).read_text(encoding="utf-8"), params.config, rows)
        for figure, caption in zip(inputs.figures, inputs.captions, strict=True)
    ]
    run = facts(map(Path, inputs.data), params.git, params.seed)
    with replacing(Path(snakemake.output[0])) as unfinished:
        unfinished.write_text(study_page(snakemake.wildcards.study, run, rows, figures), encoding="utf-8")
