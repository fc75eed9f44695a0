"""The sweep's tables from those of its jobs, and their summaries."""

from pathlib import Path

from softkmeans import tables
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.runs.collecting import all_in_order, write
from softkmeans.sweep.published import compare
from softkmeans.sweep.summary import summarise, timing_summary
from softkmeans.sweep.summary_page import render

with logged(snakemake.log[0]):
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    write("runs", (tables.read("runs", file) for file in inputs["runs"]), Path(snakemake.output.runs))
    for name in ("trace", "timings", "phases"):
        write(name, all_in_order(name, inputs[name]), Path(snakemake.output[name]))
    runs, timings = (
        tables.frame(tables.read(name, Path(snakemake.output[name]))) for name in ("runs", "timings")
    )
    published = tables.concatenate(
        [tables.SCHEMAS["runs"].empty_table()] + [tables.read("runs", file) for file in inputs["published"]]
    )
    summary = summarise(runs, snakemake.params.seed)
    for frame, target in (
        (summary, snakemake.output.summary),
        (compare(tables.frame(published)), snakemake.output.published),
        (timing_summary(timings), snakemake.output.timings_summary),
    ):
        with replacing(Path(target)) as unfinished:
            frame.to_csv(unfinished, index=False)
    with replacing(Path(snakemake.output.page)) as unfinished:
        unfinished.write_text(render(summary), encoding="utf-8")
