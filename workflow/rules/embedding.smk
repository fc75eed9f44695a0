# The digits by an autoencoder with clusters in its loss: whether that can be done, and whether it is of use.

EMBEDDING = CONFIG.embedding
EMBEDDING_FIGURES = ["comparison", "limit"]


rule embedding_runs:
    input:
        data=f"results/data/{DIGITS}.npz",
        engine=ENGINE,
    output:
        tables=expand(
            "results/tables/embedding/{table}.parquet",
            table=["trials", "comparison", "limits"],
        ),
        gains="results/tables/embedding/gains.csv",
    log:
        "logs/embedding_runs.log",
    benchmark:
        "results/benchmarks/embedding_runs.tsv"
    # The longest job of all, so it should not be the last to start.
    priority: 1000
    conda:
        "../envs/softkmeans.yaml"
    params:
        repeats=EMBEDDING.repeats,
        trials=EMBEDDING.trials,
        setting={
            "pretraining": EMBEDDING.pretraining,
            "epochs": EMBEDDING.epochs,
            "weights": list(EMBEDDING.weights),
            "temperatures": list(EMBEDDING.temperatures),
        },
        seed=CONFIG.seed,
        code=code("embedding_runs.py"),
    script:
        "../scripts/embedding_runs.py"


rule embedding_figures:
    input:
        data=f"results/data/{DIGITS}.npz",
        tables=rules.embedding_runs.output.tables,
        gains=rules.embedding_runs.output.gains,
    output:
        drawn("embedding", EMBEDDING_FIGURES, EMBEDDING_CATEGORY),
    log:
        "logs/embedding_figures.log",
    benchmark:
        "results/benchmarks/embedding_figures.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("embedding_figures.py"),
    script:
        "../scripts/embedding_figures.py"


rule embedding_claims:
    input:
        data=f"results/data/{DIGITS}.npz",
        tables=rules.embedding_runs.output.tables,
    output:
        csv="results/tables/embedding/claims.csv",
    log:
        "logs/embedding_claims.log",
    benchmark:
        "results/benchmarks/embedding_claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("embedding_claims.py"),
    script:
        "../scripts/embedding_claims.py"


rule embedding:
    input:
        f"results/data/{DIGITS}.npz",
        rules.embedding_runs.output,
        rules.embedding_figures.output,
        rules.embedding_claims.output,
        "results/embedding.html",
