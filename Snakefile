# K-means at finite temperature: data sets -> runs -> tables -> figures.

from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


# config.yaml is read and checked first.
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
