# K-means at finite temperature: data sets -> runs -> tables -> figures.

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/paper1.smk"


rule all:
    default_target: True
    input:
        rules.paper1.input,
