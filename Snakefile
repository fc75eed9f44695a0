# K-means at finite temperature: data sets -> runs -> tables -> figures.

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version
from softkmeans.config import ConfigError, check_readable
from softkmeans.errors import DataError
from softkmeans.files import check_writable, remove_unfinished

min_version("9.0")

try:
    check_readable(Path("config.yaml"))  # here, since what Snakemake says names no line
except ConfigError as error:
    raise WorkflowError(
        f"The configuration is wrong, so nothing was run:\n{error}"
    ) from None

if workflow.is_main_process:
    try:
        for folder in ("results", "logs", ".snakemake"):
            check_writable(Path(folder))
    except DataError as error:
        raise WorkflowError(f"{error}; nothing was run") from None


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/paper1.smk"
include: "workflow/rules/paper2.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        rules.paper1.input,
        rules.paper2.input,
        rules.sweep.input,
        rules.claims.output,
        "results/manifest.json",


include: "workflow/rules/manifest.smk"


onsuccess:
    remove_unfinished(Path("results"))  # what killed jobs have left
    if any(job.rule.name == "all" for job in workflow.dag.jobs):
        make_report()
