# K-means at finite temperature: data sets -> runs -> tables -> figures and claims -> report.

from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


# What all rules share: the configuration, read from config.yaml and checked, and the report.
include: "workflow/rules/common.smk"
include: "workflow/rules/report.smk"
# The data sets and the engine, then a file for each study, and the claims of all.
include: "workflow/rules/data.smk"
include: "workflow/rules/engine.smk"
include: "workflow/rules/paper1.smk"
include: "workflow/rules/paper2.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/contest.smk"
include: "workflow/rules/embedding.smk"
include: "workflow/rules/explore.smk"
include: "workflow/rules/claims.smk"
# The pages that show all of it.
include: "workflow/rules/pages.smk"


rule all:
    default_target: True
    input:
        rules.paper1.input,
        rules.paper2.input,
        rules.sweep.input,
        rules.contest.input,
        rules.embedding.input,
        rules.claims.output,
        rules.front_page.output.index,
        rules.front_page.output.claims,
        rules.whole_report.output,
        "results/manifest.json",


# The manifest lists all of these inputs.
include: "workflow/rules/manifest.smk"


onsuccess:
    remove_unfinished(Path("results"))  # what killed jobs have left
    for line in last_lines():
        logger.info(line)
