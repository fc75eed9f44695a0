# Inoue & Hara (2020): runs, tables and figures of its two experiments.

PAPER1 = CONFIG.paper1
PAPER1_INITIALISATIONS = ["random-points", "sequential"]
PAPER1_FIGURES = [*(f"fig{i}" for i in range(1, 9)), "fig2-starts", "fig4-starts"]
PAPER1_CLUSTERS = PAPER1.n_clusters or n_clusters(PAPER1.dataset)


rule paper1:
    input:
        f"results/data/{PAPER1.dataset}.npz",
        expand(
            "results/figures/paper1/{figure}.{suffix}",
            figure=PAPER1_FIGURES,
            suffix=["pdf", "png", "csv"],
        ),
        expand(
            "results/tables/paper1/{table}",
            table=[
                "runs.parquet",
                "runs.csv",
                "trace.parquet",
                "centroids.parquet",
                "differences.csv",
            ],
        ),


rule paper1_runs:
    input:
        data="results/data/{dataset}.npz",
    output:
        runs="results/runs/paper1/{dataset}/{method}/runs.parquet",
        trace="results/runs/paper1/{dataset}/{method}/trace.parquet",
        centroids="results/runs/paper1/{dataset}/{method}/centroids.parquet",
    log:
        "logs/paper1_runs/{dataset}-{method}.log",
    benchmark:
        "results/benchmarks/paper1_runs/{dataset}-{method}.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        initialisations=PAPER1_INITIALISATIONS,
        temperatures=[PAPER1.temperature],
        repeats=PAPER1.repeats,
        n_clusters=PAPER1_CLUSTERS,
        seed=CONFIG.seed,
        tolerance=CONFIG.solver.tolerance,
        max_iterations=CONFIG.solver.max_iterations,
        every_iteration=True,
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


rule paper1_tables:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        batches=expand(
            "results/runs/paper1/{dataset}/{method}/{table}.parquet",
            dataset=PAPER1.dataset,
            method=PAPER1.methods,
            table=["runs", "trace", "centroids"],
        ),
    output:
        runs="results/tables/paper1/runs.parquet",
        runs_csv="results/tables/paper1/runs.csv",
        trace="results/tables/paper1/trace.parquet",
        centroids="results/tables/paper1/centroids.parquet",
    log:
        "logs/paper1_tables.log",
    benchmark:
        "results/benchmarks/paper1_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("tables.py"),
    script:
        "../scripts/tables.py"


rule paper1_differences:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        centroids=rules.paper1_tables.output.centroids,
    output:
        "results/tables/paper1/differences.csv",
    log:
        "logs/paper1_differences.log",
    benchmark:
        "results/benchmarks/paper1_differences.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("paper1_differences.py"),
    script:
        "../scripts/paper1_differences.py"


rule paper1_figures:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        runs=rules.paper1_tables.output.runs,
        trace=rules.paper1_tables.output.trace,
        centroids=rules.paper1_tables.output.centroids,
    output:
        [
            in_report(f"results/figures/paper1/{figure}.png", PAPER1_CATEGORY)
            for figure in PAPER1_FIGURES
        ],
        expand(
            "results/figures/paper1/{figure}.{suffix}",
            figure=PAPER1_FIGURES,
            suffix=["pdf", "csv"],
        ),
    log:
        "logs/paper1_figures.log",
    benchmark:
        "results/benchmarks/paper1_figures.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        n_clusters=PAPER1_CLUSTERS,
        code=code("paper1_figures.py"),
    script:
        "../scripts/paper1_figures.py"
