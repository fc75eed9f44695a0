"""The digits in every way: trials, the comparison, its gains, and the limit of joint training."""

from pathlib import Path

from softkmeans import tables
from softkmeans.data.dataset import load
from softkmeans.embedding.gains import gains
from softkmeans.embedding.study import all_tables
from softkmeans.embedding.training import Setting
from softkmeans.logs import logged, progress

with logged(snakemake.log[0]) as log:
    params = snakemake.params
    data = load(Path(snakemake.input.data))
    say = progress(log, "trainings from a seed")
    made = all_tables(data, params.seed, params.trials, params.repeats, Setting(**params.setting), say)
    for file in map(Path, snakemake.output.tables):
        tables.write(made[file.stem], file)
    tables.write(gains(tables.frame(made["comparison"])), Path(snakemake.output.gains))
