# The ledgers: what each study claims, measured on its tables, and all of it in one.


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
        paper1=PAPER1.dataset,
        paper2=list(PAPER2.datasets),
        published=list(dict.fromkeys(task.dataset for task in PLAN.published)),
        n_swept=len(PLAN.datasets),
        n_clusters=PAPER1_CLUSTERS,
        initialisation=PAPER2.initialisation,
        starts=PAPER2.starts,
        seed=CONFIG.seed,
        code=code("claims.py"),
    script:
        "../scripts/claims.py"


use rule paper1_claims as paper2_claims with:
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


use rule paper1_claims as sweep_claims with:
    input:
        data=expand("results/data/{dataset}.npz", dataset=PLAN.datasets),
        sweep=expand(
            "results/tables/sweep/{table}.parquet",
            table=["runs", "trace", "centroids"],
        ),
        compared=expand(
            "results/tables/sweep/{table}.csv", table=["paired", "published"]
        ),
        phases=["results/tables/sweep/phases.parquet"],
    output:
        csv="results/tables/sweep/claims.csv",
    log:
        "logs/sweep_claims.log",
    benchmark:
        "results/benchmarks/sweep_claims.tsv"


use rule paper1_claims as contest_claims with:
    input:
        data=expand("results/data/{dataset}.npz", dataset=CONTEST_DATASETS),
        contest=[rules.contest_tables.output.contest],
    output:
        csv="results/tables/contest/claims.csv",
    log:
        "logs/contest_claims.log",
    benchmark:
        "results/benchmarks/contest_claims.tsv"


use rule paper1_claims as embedding_claims with:
    input:
        data=[f"results/data/{DIGITS}.npz"],
        embedding=rules.embedding_runs.output.tables,
    output:
        csv="results/tables/embedding/claims.csv",
    log:
        "logs/embedding_claims.log",
    benchmark:
        "results/benchmarks/embedding_claims.tsv"


CLAIMS_OF = {
    "paper1": rules.paper1_claims.output.csv,
    "paper2": rules.paper2_claims.output.csv,
    "sweep": rules.sweep_claims.output.csv,
    "contest": rules.contest_claims.output.csv,
    "embedding": rules.embedding_claims.output.csv,
}


# Paper 1's claims are measured anew here, since the sweep has more runs of its methods.
use rule paper1_claims as claims with:
    input:
        data=expand(
            "results/data/{dataset}.npz",
            dataset=dict.fromkeys([PAPER1.dataset, *PLAN.datasets]),
        ),
        paper1=rules.paper1_claims.input.paper1,
        sweep=rules.sweep_claims.input.sweep,
        ledgers=[file for study, file in CLAIMS_OF.items() if study != "paper1"],
    output:
        csv="results/claims.csv",
    log:
        "logs/claims.log",
    benchmark:
        "results/benchmarks/claims.tsv"
