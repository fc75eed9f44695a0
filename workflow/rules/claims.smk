# The ledger: what the papers claim, measured on the tables of their studies and of the sweep.

CLAIMS_DATASETS = list(
    dict.fromkeys([PAPER1.dataset, *PAPER2.datasets, *PLAN.datasets, DIGITS])
)


rule claims:
    input:
        data=expand("results/data/{dataset}.npz", dataset=CLAIMS_DATASETS),
        paper1=expand(
            "results/tables/paper1/{table}.parquet",
            table=["runs", "trace", "centroids"],
        ),
        paper2=expand(
            "results/tables/paper2/{table}.parquet",
            table=[name for name in PAPER2_TABLES if name != "paths"],
        ),
        sweep=expand(
            "results/tables/sweep/{table}.parquet",
            table=["runs", "trace", "centroids"],
        ),
        embedding=rules.embedding_runs.output.tables,
    output:
        csv="results/claims.csv",
        page=in_report("results/claims.html", "Claims"),
    log:
        "logs/claims.log",
    benchmark:
        "results/benchmarks/claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        paper1=PAPER1.dataset,
        paper2=list(PAPER2.datasets),
        n_clusters=PAPER1_CLUSTERS,
        initialisation=PAPER2.initialisation,
        starts=PAPER2.starts,
        seed=CONFIG.seed,
        code=code("claims.py"),
    script:
        "../scripts/claims.py"
