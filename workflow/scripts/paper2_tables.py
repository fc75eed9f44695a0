"""The tables of paper 2 from those of its data sets, and its Table 1."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import describe
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper2.table1 import SOURCES, stability_summary, table1
from softkmeans.report.pages import table1_page

with logged(snakemake.log[0]):
    output = {name: Path(file) for name, file in snakemake.output.items()}
    files = [Path(file) for file in (*snakemake.input.collapse, *snakemake.input.theory)]
    for name in dict.fromkeys(file.stem for file in files):
        tables.gather(name, [file for file in files if file.stem == name], output[name])
    found = {name: tables.frame(tables.read(name, output[name])) for name in (*SOURCES, "stability")}
    described = [describe(Path(file)) for file in snakemake.input.data]
    sources = {each.name: each.origin.source for each in described}
    table = table1(found)
    tables.write(table, output["table1"])
    with replacing(output["page"]) as unfinished:
        unfinished.write_text(table1_page(table, sources), encoding="utf-8")
    tables.write(stability_summary(found["stability"]), output["stability_csv"])
