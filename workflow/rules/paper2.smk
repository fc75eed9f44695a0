# Félix, Ucan-Puc, Astengo (2026): the collapse onto K-means as σ falls.

PAPER2 = CONFIG.paper2
PAPER2_OWN = ["fig1", "fig1-panels", "fig2", "fig2-entmax", "fixed-points"]
PAPER2_BESIDE = ["rates", "falls", "gamma", "trajectories", "stability"]
PAPER2_COLLAPSE = ["collapse", "paths", "iterates"]
PAPER2_THEORY = "paths rates bounds falls exactness gaps stability optimisers".split()
PAPER2_TABLES = list(dict.fromkeys(PAPER2_COLLAPSE + PAPER2_THEORY))


rule paper2_collapse:
    input:
        data="results/data/{dataset}.npz",
        engine=ENGINE,
    output:
        **{
            table: f"results/runs/paper2/{{dataset}}/collapse/{table}.parquet"
            for table in PAPER2_COLLAPSE
        },
    log:
        "logs/paper2_collapse/{dataset}.log",
    benchmark:
        "results/benchmarks/paper2_collapse/{dataset}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    params:
        initialisation=PAPER2.initialisation,
        starts=PAPER2.starts,
        sigmas=PAPER2.sigmas.values().tolist(),
        every=PAPER2.sigmas.every,
        learning_rate=PAPER2.learning_rate,
        engine=CONFIG.engine,
        seed=CONFIG.seed,
        code=code("paper2_collapse.py"),
    script:
        "../scripts/paper2_collapse.py"


rule paper2_theory:
    input:
        data="results/data/{dataset}.npz",
        engine=ENGINE,
    output:
        **{
            table: f"results/runs/paper2/{{dataset}}/theory/{table}.parquet"
            for table in PAPER2_THEORY
        },
    log:
        "logs/paper2_theory/{dataset}.log",
    benchmark:
        "results/benchmarks/paper2_theory/{dataset}.tsv"
    priority: lambda wildcards: n_clusters(wildcards.dataset)
    conda:
        "../envs/softkmeans.yaml"
    params:
        initialisation=PAPER2.initialisation,
        starts=PAPER2.starts,
        seed=CONFIG.seed,
        code=code("paper2_theory.py"),
    script:
        "../scripts/paper2_theory.py"


rule paper2_tables:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PAPER2.datasets),
        collapse=expand(
            "results/runs/paper2/{dataset}/collapse/{table}.parquet",
            dataset=PAPER2.datasets,
            table=PAPER2_COLLAPSE,
        ),
        theory=expand(
            "results/runs/paper2/{dataset}/theory/{table}.parquet",
            dataset=PAPER2.datasets,
            table=PAPER2_THEORY,
        ),
    output:
        **{table: f"results/tables/paper2/{table}.parquet" for table in PAPER2_TABLES},
        table1="results/tables/paper2/table1.csv",
        stability_csv="results/tables/paper2/stability.csv",
        page=in_report("results/tables/paper2/table1.html", PAPER2_CATEGORY),
    log:
        "logs/paper2_tables.log",
    benchmark:
        "results/benchmarks/paper2_tables.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("paper2_tables.py"),
    script:
        "../scripts/paper2_tables.py"


rule paper2_figures:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PAPER2.datasets),
        tables=expand("results/tables/paper2/{table}.parquet", table=PAPER2_TABLES),
    output:
        drawn("paper2", PAPER2_OWN, PAPER2_CATEGORY),
    log:
        "logs/paper2_figures.log",
    benchmark:
        "results/benchmarks/paper2_figures.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("paper2_figures.py"),
    script:
        "../scripts/paper2_figures.py"


use rule paper2_figures as paper2_figures_beside with:
    output:
        drawn("paper2", PAPER2_BESIDE, PAPER2_CATEGORY),
    log:
        "logs/paper2_figures_beside.log",
    benchmark:
        "results/benchmarks/paper2_figures_beside.tsv"


rule paper2_claims:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PAPER2.datasets),
        paper2=expand(
            "results/tables/paper2/{table}.parquet",
            table=[
                name for name in PAPER2_TABLES if name not in ("paths", "iterates")
            ],
        ),
    output:
        csv="results/tables/paper2/claims.csv",
    log:
        "logs/paper2_claims.log",
    benchmark:
        "results/benchmarks/paper2_claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        initialisation=PAPER2.initialisation,
        starts=PAPER2.starts,
        seed=CONFIG.seed,
        code=code("paper2_claims.py"),
    script:
        "../scripts/paper2_claims.py"


rule paper2:
    input:
        expand("results/data/{dataset}.npz", dataset=PAPER2.datasets),
        rules.paper2_tables.output,
        rules.paper2_figures.output,
        rules.paper2_figures_beside.output,
        rules.paper2_claims.output,
        "results/paper2.html",
