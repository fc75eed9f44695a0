# Inoue & Hara (2020): runs, tables and figures of its two experiments.

PAPER1 = CONFIG.paper1
PAPER1_FIGURES = [*(f"fig{i}" for i in range(1, 9)), "fig2-starts", "fig4-starts"]
PAPER1_CLUSTERS = PAPER1.n_clusters or n_clusters(PAPER1.dataset)


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
        initialisations=["random-points", "sequential"],
        temperatures=[PAPER1.temperature],
        repeats=[0, PAPER1.repeats],
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
        **{
            table: expand(
                "results/runs/paper1/{dataset}/{method}/{table}.parquet",
                dataset=PAPER1.dataset,
                method=PAPER1.methods,
                table=table,
            )
            for table in ["runs", "trace", "centroids"]
        },
        data=f"results/data/{PAPER1.dataset}.npz",
    output:
        runs="results/tables/paper1/runs.parquet",
        runs_csv="results/tables/paper1/runs.csv",
        trace="results/tables/paper1/trace.parquet",
        centroids="results/tables/paper1/centroids.parquet",
        differences="results/tables/paper1/differences.csv",
    log:
        "logs/paper1_tables.log",
    benchmark:
        "results/benchmarks/paper1_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("paper1_tables.py"),
    script:
        "../scripts/paper1_tables.py"


rule paper1_figures:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        runs=rules.paper1_tables.output.runs,
        trace=rules.paper1_tables.output.trace,
        centroids=rules.paper1_tables.output.centroids,
    output:
        drawn("paper1", PAPER1_FIGURES, PAPER1_CATEGORY),
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


rule paper1:
    input:
        f"results/data/{PAPER1.dataset}.npz",
        rules.paper1_tables.output,
        rules.paper1_figures.output,
