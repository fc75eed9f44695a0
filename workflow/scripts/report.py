"""Snakemake's report of the files that are given: a process of its own makes it."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from softkmeans.errors import DataError
from softkmeans.files import replacing
from softkmeans.logs import logged

with logged(snakemake.log[0]), TemporaryDirectory(dir=".snakemake") as folder:
    merged = Path(folder, "config.yaml")
    merged.write_text(yaml.safe_dump(dict(snakemake.params.config), sort_keys=False))
    with replacing(Path(snakemake.output[0])) as unfinished:
        command = [sys.executable, "-m", "snakemake", "--report", unfinished]
        command += ["--report-stylesheet", snakemake.input.style]
        command += ["--snakefile", snakemake.params.snakefile]
        command += ["--configfile", merged, "--replace-workflow-config"]
        command += ["--nolock", "--", *snakemake.input.shown]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise DataError(f"Snakemake cannot make its report:\n{done.stderr}")
        page, end, rest = unfinished.read_text(encoding="utf-8").rpartition("</body>")
        script = Path(snakemake.input.script).read_text(encoding="utf-8")
        unfinished.write_text(f"{page}<script>{script}</script>\n{end}{rest}", encoding="utf-8")
