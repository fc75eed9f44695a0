"""The tables of paper 2 from those of its data sets."""

from pathlib import Path

from softkmeans import tables
from softkmeans.files import replacing
from softkmeans.logs import logged
from softkmeans.paper2.table1 import stability_summary, table1

with logged(snakemake.log[0]):
    files = [Path(file) for file in snakemake.input]
    found = {
        name: tables.concatenate(tables.read(name, file) for file in files if file.stem == name)
        for name in dict.fromkeys(file.stem for file in files)
    }
    for name, table in found.items():
        tables.write(table, Path(snakemake.output[name]))
    frames = {name: tables.frame(table) for name, table in found.items()}
    first = table1(frames["collapse"], frames["rates"], frames["bounds"], frames["exactness"])
    summary = stability_summary(frames["stability"])
    for frame, target in ((first, snakemake.output.table1_csv), (summary, snakemake.output.stability_csv)):
        with replacing(Path(target)) as unfinished:
            frame.to_csv(unfinished, index=False)
