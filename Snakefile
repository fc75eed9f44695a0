# K-means at finite temperature: data sets -> runs -> tables -> figures.

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version
from softkmeans.config import ConfigError, check_readable

min_version("9.0")

try:
    check_readable(Path("config.yaml"))  # here, since what Snakemake says names no line
except ConfigError as error:
    raise WorkflowError(
        f"The configuration is wrong, so nothing was run:\n{error}"
    ) from None


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/paper1.smk"
include: "workflow/rules/paper2.smk"


rule all:
    default_target: True
    input:
        rules.paper1.input,
        rules.paper2.input,
