"""The tables of the sweep from those of its runs, and their summaries."""

from pathlib import Path

from softkmeans import tables
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.report.pages import summary_page
from softkmeans.sweep.published import compare
from softkmeans.sweep.summary import summarise, timing_summary

with logged(snakemake.log[0]):
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    output = {name: Path(file) for name, file in snakemake.output.items()}
    for name in ("runs", "trace", "centroids", "timings", "phases"):
        tables.gather(name, inputs[name], output[name])
    runs, timings = (tables.frame(tables.read(name, output[name])) for name in ("runs", "timings"))
    published = [tables.read("runs", file) for file in inputs["published"]]
    published = tables.concatenate([tables.SCHEMAS["runs"].empty_table(), *published])
    summary = summarise(runs, snakemake.params.seed)
    tables.write(summary, output["summary"])
    tables.write(compare(tables.frame(published)), output["published"])
    tables.write(timing_summary(timings), output["timings_summary"])
    with replacing(output["page"]) as unfinished:
        unfinished.write_text(summary_page(summary), encoding="utf-8")
