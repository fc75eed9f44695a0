# The contest: does temperature win over restarts and random swap, at equal cost?

from softkmeans.data.catalogue import named_datasets
from softkmeans.sweep.plan import repeats_of

CONTEST = CONFIG.contest
CONTEST_DATASETS = named_datasets(CONTEST.datasets)
CONTEST_FIGURES = ["success", "objective"]
CONTEST_CATEGORY = "Does temperature win?"


rule contest_runs:
    input:
        data="results/data/{dataset}.npz",
        engine=ENGINE,
    output:
        contest="results/runs/contest/{dataset}/contest.parquet",
        contest_timings="results/runs/contest/{dataset}/timings.parquet",
    log:
        "logs/contest_runs/{dataset}.log",
    benchmark:
        "results/benchmarks/contest_runs/{dataset}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    params:
        rules={
            "tolerance": CONFIG.solver.tolerance,
            "max_iterations": CONFIG.solver.max_iterations,
            "factor": CONTEST.factor,
            "lowest": CONTEST.lowest,
            "shift_tolerance": CONTEST.tolerance,
            "engine": CONFIG.engine,
        },
        repeats=lambda wildcards: repeats_of(
            wildcards.dataset, CONTEST.repeats, CONTEST.repeats_of
        ),
        budget=CONTEST.budget,
        seed=CONFIG.seed,
        code=code("contest_runs.py"),
    script:
        "../scripts/contest_runs.py"


rule contest_tables:
    input:
        contest=expand(
            "results/runs/contest/{dataset}/contest.parquet", dataset=CONTEST_DATASETS
        ),
        timings=expand(
            "results/runs/contest/{dataset}/timings.parquet", dataset=CONTEST_DATASETS
        ),
    output:
        contest="results/tables/contest/contest.parquet",
        standings="results/tables/contest/standings.csv",
        timings="results/tables/contest/timings.csv",
    log:
        "logs/contest_tables.log",
    benchmark:
        "results/benchmarks/contest_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("contest_tables.py"),
    script:
        "../scripts/contest_tables.py"


rule contest_figures:
    input:
        data=expand("results/data/{dataset}.npz", dataset=CONTEST_DATASETS),
        standings=rules.contest_tables.output.standings,
    output:
        drawn("contest", CONTEST_FIGURES, CONTEST_CATEGORY),
    log:
        "logs/contest_figures.log",
    benchmark:
        "results/benchmarks/contest_figures.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("contest_figures.py"),
    script:
        "../scripts/contest_figures.py"


rule contest_claims:
    input:
        data=expand("results/data/{dataset}.npz", dataset=CONTEST_DATASETS),
        contest=rules.contest_tables.output.contest,
    output:
        csv="results/tables/contest/claims.csv",
    log:
        "logs/contest_claims.log",
    benchmark:
        "results/benchmarks/contest_claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("contest_claims.py"),
    script:
        "../scripts/contest_claims.py"


rule contest:
    input:
        expand("results/data/{dataset}.npz", dataset=CONTEST_DATASETS),
        rules.contest_tables.output,
        rules.contest_figures.output,
        rules.contest_claims.output,
        "results/contest.html",
