# The sweep: every method from every initialisation at every temperature.

from snakemake.logging import logger
from softkmeans.sweep.names import pages
from softkmeans.sweep.plan import duration, estimate, expected, plan, repeats_of
from softkmeans.sweep.published import STARTS

SWEEP = CONFIG.sweep
PLAN = plan(SWEEP, CONFIG.data.own)
SWEEP_TABLES = ["runs", "trace", "centroids", "timings"]
SWEEP_SUMMARIES = ["summary", "paired", "best", "published", "timings_summary"]
SWEEP_CURVES = [
    page
    for figure in ("success", "centroid-index", "iterations")
    for page in pages(figure, len(PLAN.datasets))
]
SWEEP_OTHERS = [
    *pages("heatmap", len(PLAN.datasets)),
    *(
        [*pages("phases", len(PLAN.datasets)), "splits"]
        if SWEEP.annealed.methods
        else []
    ),
    *(pages("annealing", len(PLAN.datasets)) if SWEEP.annealed.methods else []),
    *(["published"] if PLAN.published else []),
]

# More than the machine has make nothing faster.
CORES = min(workflow.resource_settings.cores or 1, os.cpu_count() or 1)
EXPECTED = duration(expected(CONFIG, PLAN, CORES))

if workflow.is_main_process:
    logger.info(estimate(CONFIG, PLAN, CORES))


rule sweep_runs:
    input:
        data="results/data/{dataset}.npz",
        engine=ENGINE,
    output:
        **{
            table: f"results/runs/sweep/{{dataset}}/{{part}}/{table}.parquet"
            for table in SWEEP_TABLES
        },
    log:
        "logs/sweep_runs/{dataset}-{part}.log",
    benchmark:
        "results/benchmarks/sweep_runs/{dataset}-{part}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * PLAN.memory(*wildcards),
    params:
        tasks=lambda wildcards: tasks(PLAN.job(*wildcards).tasks),
        options={
            "initialisations": PLAN.initialisations,
            "temperatures": SWEEP.temperatures,
            "trace": SWEEP.trace,
            **SOLVER,
        },
        annealed={
            "initialisations": ["random-points"],
            "temperatures": [SWEEP.annealed.highest, SWEEP.annealed.lowest],
            "factor": SWEEP.annealed.factor,
            "tolerance": SWEEP.annealed.tolerance,
        },
        centroids=SWEEP.centroids,
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


rule sweep_phases:
    input:
        data="results/data/{dataset}.npz",
        engine=ENGINE,
    output:
        phases="results/runs/phases/{dataset}.parquet",
    log:
        "logs/sweep_phases/{dataset}.log",
    benchmark:
        "results/benchmarks/sweep_phases/{dataset}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    params:
        repeats=lambda wildcards: repeats_of(
            wildcards.dataset, SWEEP.phases.repeats, SWEEP.phases.repeats_of
        ),
        options={
            **SOLVER,
            "methods": list(SWEEP.annealed.methods),
            "temperatures": [SWEEP.annealed.highest, SWEEP.annealed.lowest],
            "factor": SWEEP.phases.factor,
            "tolerance": SWEEP.phases.tolerance,
            "max_iterations": SWEEP.phases.max_iterations,
        },
        code=code("sweep_phases.py"),
    script:
        "../scripts/sweep_phases.py"


rule sweep_published:
    input:
        data=expand(
            "results/data/{dataset}.npz",
            dataset=dict.fromkeys(task.dataset for task in PLAN.published),
        ),
        engine=ENGINE,
    output:
        runs="results/runs/published/runs.parquet",
    log:
        "logs/sweep_published.log",
    benchmark:
        "results/benchmarks/sweep_published.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        tasks=tasks(PLAN.published),
        options={
            **SOLVER,
            "initialisations": list(STARTS),
            "temperatures": [],
            "trace": "final",
            "tolerance": 0,
            "max_iterations": 10_000,
        },
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


rule sweep_tables:
    input:
        **{
            table: [
                f"results/runs/sweep/{job.dataset}/{job.part}/{table}.parquet"
                for job in PLAN.jobs
            ]
            for table in SWEEP_TABLES
        },
        phases=expand("results/runs/phases/{dataset}.parquet", dataset=PLAN.datasets),
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        published=rules.sweep_published.output if PLAN.published else [],
    output:
        **{table: f"results/tables/sweep/{table}.parquet" for table in SWEEP_TABLES},
        **{table: f"results/tables/sweep/{table}.csv" for table in SWEEP_SUMMARIES},
        phases="results/tables/sweep/phases.parquet",
        page=in_report("results/tables/sweep/summary.html", "Sweep"),
    log:
        "logs/sweep_tables.log",
    benchmark:
        "results/benchmarks/sweep_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("sweep_tables.py"),
    script:
        "../scripts/sweep_tables.py"


rule sweep_curves:
    input:
        **{
            table: f"results/tables/sweep/{table}.csv"
            for table in ("summary", "paired", "best", "published")
        },
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        phases="results/tables/sweep/phases.parquet",
    output:
        drawn("sweep", SWEEP_CURVES, "Sweep"),
    log:
        "logs/sweep_curves.log",
    benchmark:
        "results/benchmarks/sweep_curves.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("sweep_figures.py"),
    script:
        "../scripts/sweep_figures.py"


use rule sweep_curves as sweep_others with:
    output:
        drawn("sweep", SWEEP_OTHERS, "Sweep"),
    log:
        "logs/sweep_others.log",
    benchmark:
        "results/benchmarks/sweep_others.tsv"


rule sweep_claims:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        runs="results/tables/sweep/runs.parquet",
        phases="results/tables/sweep/phases.parquet",
        paired="results/tables/sweep/paired.csv",
        published="results/tables/sweep/published.csv",
    output:
        csv="results/tables/sweep/claims.csv",
    log:
        "logs/sweep_claims.log",
    benchmark:
        "results/benchmarks/sweep_claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        published=list(dict.fromkeys(task.dataset for task in PLAN.published)),
        code=code("sweep_claims.py"),
    script:
        "../scripts/sweep_claims.py"


rule sweep:
    input:
        expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        rules.sweep_tables.output,
        rules.sweep_curves.output,
        rules.sweep_others.output,
        rules.sweep_claims.output,
        "results/explore.html",
        "results/sweep.html",
