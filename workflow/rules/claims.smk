# The ledger: what the papers claim, measured on the tables of their studies and of the sweep.

CLAIMS_DATASETS = list(
    dict.fromkeys([PAPER1.dataset, *PAPER2.datasets, *PLAN.datasets])
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
    output:
        csv="results/claims.csv",
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


# The same on what a study has alone, for its own page.


use rule claims as paper1_claims with:
    input:
        data=[f"results/data/{PAPER1.dataset}.npz"],
        paper1=rules.claims.input.paper1,
    output:
        csv="results/tables/paper1/claims.csv",
    log:
        "logs/paper1_claims.log",
    benchmark:
        "results/benchmarks/paper1_claims.tsv"


use rule claims as paper2_claims with:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PAPER2.datasets),
        paper2=rules.claims.input.paper2,
    output:
        csv="results/tables/paper2/claims.csv",
    log:
        "logs/paper2_claims.log",
    benchmark:
        "results/benchmarks/paper2_claims.tsv"


CLAIMS_OF = {
    "paper1": rules.paper1_claims.output.csv,
    "paper2": rules.paper2_claims.output.csv,
}
