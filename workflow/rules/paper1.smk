# Inoue & Hara (2020): runs, tables and figures of its two experiments.

PAPER1 = CONFIG.paper1
PAPER1_FIGURES = [*(f"fig{i}" for i in range(1, 9)), "fig2-starts", "fig4-starts"]
PAPER1_CLUSTERS = PAPER1.n_clusters or n_clusters(PAPER1.dataset)


rule paper1_runs:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        engine=ENGINE,
    output:
        runs="results/tables/paper1/runs.parquet",
        trace="results/tables/paper1/trace.parquet",
        centroids="results/tables/paper1/centroids.parquet",
    log:
        "logs/paper1_runs.log",
    benchmark:
        "results/benchmarks/paper1_runs.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        tasks=[[PAPER1.dataset, method, 0, PAPER1.repeats] for method in PAPER1.methods],
        options={
            "initialisations": ["random-points", "sequential"],
            "temperatures": [PAPER1.temperature],
            "n_clusters": PAPER1_CLUSTERS,
            "every_iteration": True,
            **SOLVER,
        },
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


rule paper1_tables:
    input:
        data=f"results/data/{PAPER1.dataset}.npz",
        runs=rules.paper1_runs.output.runs,
        centroids=rules.paper1_runs.output.centroids,
    output:
        runs="results/tables/paper1/runs.csv",
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
        runs=rules.paper1_runs.output.runs,
        trace=rules.paper1_runs.output.trace,
        centroids=rules.paper1_runs.output.centroids,
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


rule paper1_claims:
    input:
        data=[f"results/data/{PAPER1.dataset}.npz"],
        paper1=expand(
            "results/tables/paper1/{table}.parquet",
            table=["runs", "trace", "centroids"],
        ),
    output:
        csv="results/tables/paper1/claims.csv",
    log:
        "logs/paper1_claims.log",
    benchmark:
        "results/benchmarks/paper1_claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        dataset=PAPER1.dataset,
        n_clusters=PAPER1_CLUSTERS,
        code=code("paper1_claims.py"),
    script:
        "../scripts/paper1_claims.py"


rule paper1:
    input:
        f"results/data/{PAPER1.dataset}.npz",
        rules.paper1_runs.output,
        rules.paper1_tables.output,
        rules.paper1_figures.output,
        rules.paper1_claims.output,
        "results/paper1.html",
