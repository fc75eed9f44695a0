# The sweep: every method from every initialisation at every temperature.

from snakemake.logging import logger
from softkmeans.sweep.names import ANNEALED, pages
from softkmeans.sweep.plan import plan

SWEEP = CONFIG.sweep
PLAN = plan(SWEEP, CONFIG.data.own)
SWEEP_TABLES = ["runs", "trace", "centroids", "timings"]
SWEEP_SUMMARIES = ["summary", "published", "timings_summary"]
SWEEP_CURVES = [
    page
    for figure in ("success", "centroid-index", "iterations")
    for page in pages(figure, len(PLAN.datasets))
]
SWEEP_OTHERS = [
    *pages("heatmap", len(PLAN.datasets)),
    *(pages("phases", len(PLAN.datasets)) if SWEEP.annealed.methods else []),
    *(pages("annealing", len(PLAN.datasets)) if SWEEP.annealed.methods else []),
    *(["published"] if PLAN.published else []),
]

if workflow.is_main_process:
    logger.info(PLAN.summary(workflow.resource_settings.cores or 1))


rule sweep_runs:
    input:
        data="results/data/{dataset}.npz",
    output:
        **{
            table: f"results/runs/sweep/{{dataset}}/{{method}}/{{shard}}/{table}.parquet"
            for table in SWEEP_TABLES
        },
    log:
        "logs/sweep_runs/{dataset}-{method}-{shard}.log",
    benchmark:
        "results/benchmarks/sweep_runs/{dataset}-{method}-{shard}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * PLAN.memory(*wildcards),
    params:
        initialisations=PLAN.initialisations,
        temperatures=SWEEP.temperatures,
        trace=SWEEP.trace,
        n_clusters=lambda wildcards: n_clusters(wildcards.dataset),
        repeats=repeats,
        seed=CONFIG.seed,
        tolerance=CONFIG.solver.tolerance,
        max_iterations=CONFIG.solver.max_iterations,
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


use rule sweep_runs as sweep_annealed with:
    output:
        **{
            table: f"results/runs/sweep/{{dataset}}/{{method}}/{{shard}}/{table}.parquet"
            for table in [*SWEEP_TABLES, "phases"]
        },
    log:
        "logs/sweep_annealed/{dataset}-{method}-{shard}.log",
    benchmark:
        "results/benchmarks/sweep_annealed/{dataset}-{method}-{shard}.tsv"
    wildcard_constraints:
        method=f"{ANNEALED}.+",
    params:
        initialisations=["random-points"],
        temperatures=[SWEEP.annealed.highest, SWEEP.annealed.lowest],
        factor=SWEEP.annealed.factor,
        tolerance=SWEEP.annealed.tolerance,


use rule sweep_runs as sweep_published with:
    output:
        runs="results/runs/published/{dataset}/{method}/{shard}/runs.parquet",
    log:
        "logs/sweep_published/{dataset}-{method}-{shard}.log",
    benchmark:
        "results/benchmarks/sweep_published/{dataset}-{method}-{shard}.tsv"
    params:
        initialisations=["random-points"],
        temperatures=[],
        trace="final",
        tolerance=0,
        max_iterations=10_000,


rule sweep_evaluate:
    input:
        data="results/data/{dataset}.npz",
        runs=lambda wildcards: sweep_files("runs", PLAN.of(wildcards.dataset)),
        centroids=lambda wildcards: sweep_files("centroids", PLAN.of(wildcards.dataset)),
    output:
        "results/runs/sweep/{dataset}/runs.parquet",
    log:
        "logs/sweep_evaluate/{dataset}.log",
    benchmark:
        "results/benchmarks/sweep_evaluate/{dataset}.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("sweep_evaluate.py"),
    script:
        "../scripts/sweep_evaluate.py"


rule sweep_tables:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        runs=expand("results/runs/sweep/{dataset}/runs.parquet", dataset=PLAN.datasets),
        trace=sweep_files("trace", PLAN.jobs),
        centroids=sweep_files("centroids", PLAN.jobs),
        timings=sweep_files("timings", PLAN.jobs),
        phases=sweep_files(
            "phases", [job for job in PLAN.jobs if job.method.startswith(ANNEALED)]
        ),
        published=[
            f"results/runs/published/{job.dataset}/{job.method}/{job.shard}/runs.parquet"
            for job in PLAN.published
        ],
    output:
        **{
            table: f"results/tables/sweep/{table}.parquet"
            for table in [*SWEEP_TABLES, "phases"]
        },
        **{table: f"results/tables/sweep/{table}.csv" for table in SWEEP_SUMMARIES},
        page=in_report("results/tables/sweep/summary.html", "Sweep"),
    log:
        "logs/sweep_tables.log",
    benchmark:
        "results/benchmarks/sweep_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        seed=CONFIG.seed,
        code=code("sweep_tables.py"),
    script:
        "../scripts/sweep_tables.py"


rule sweep_curves:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        summary="results/tables/sweep/summary.csv",
        phases="results/tables/sweep/phases.parquet",
        published="results/tables/sweep/published.csv",
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


rule sweep:
    input:
        expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        rules.sweep_tables.output,
        rules.sweep_curves.output,
        rules.sweep_others.output,
