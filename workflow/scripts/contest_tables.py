"""The table of the contest from those of its data sets, and its summaries."""

from pathlib import Path

from softkmeans import tables
from softkmeans.contest.study import standings, timing_summary
from softkmeans.logs import logged

with logged(snakemake.log[0]):
    inputs = {name: [Path(file) for file in files] for name, files in snakemake.input.items()}
    output = {name: Path(file) for name, file in snakemake.output.items()}
    tables.gather("contest", inputs["contest"], output["contest"])
    results = tables.frame(tables.read("contest", output["contest"]))
    timings = tables.concatenate(tables.read("contest_timings", file) for file in inputs["timings"])
    tables.write(standings(results), output["standings"])
    tables.write(timing_summary(tables.frame(timings)), output["timings"])
