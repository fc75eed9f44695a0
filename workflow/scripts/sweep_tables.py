"""The tables of the sweep from those of its runs, and their summaries."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import describe
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.report.pages import summary_page
from softkmeans.sweep.paired import best_temperatures, compare_with_kmeans
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
    n_clusters = {each.name: each.n_clusters for each in map(describe, inputs["data"])}
    made = {
        "summary": summarise(runs),
        "paired": compare_with_kmeans(runs),
        "best": best_temperatures(runs),
        "published": compare(tables.frame(published), n_clusters),
        "timings_summary": timing_summary(timings),
    }
    for name, table in made.items():
        tables.write(table, output[name])
    with replacing(output["page"]) as unfinished:
        unfinished.write_text(summary_page(made["summary"]), encoding="utf-8")
