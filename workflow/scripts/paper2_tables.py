"""The tables of paper 2 from those of its data sets, and its Table 1."""

from pathlib import Path

from softkmeans import tables
from softkmeans.logs import logged
from softkmeans.paper2.table1 import SOURCES, stability_summary, table1

with logged(snakemake.log[0]):
    output = {name: Path(file) for name, file in snakemake.output.items()}
    files = [Path(file) for file in snakemake.input]
    for name in dict.fromkeys(file.stem for file in files):
        tables.gather(name, [file for file in files if file.stem == name], output[name])
    found = {name: tables.frame(tables.read(name, output[name])) for name in (*SOURCES, "stability")}
    tables.write(table1(found), output["table1"])
    tables.write(stability_summary(found["stability"]), output["stability_csv"])
