# The ledger of all studies. What each of them claims is measured in the study's own file of rules.


# The sweep has more runs of paper 1's methods, so that its claims are measured once more, on all of them.
use rule paper1_claims as paper1_claims_on_sweep with:
    input:
        data=expand(
            "results/data/{dataset}.npz",
            dataset=dict.fromkeys([PAPER1.dataset, *PLAN.datasets]),
        ),
        paper1=rules.paper1_claims.input.paper1,
        sweep=expand(
            "results/tables/sweep/{table}.parquet",
            table=["runs", "trace", "centroids"],
        ),
    output:
        csv="results/runs/claims/paper1.csv",
    log:
        "logs/paper1_claims_on_sweep.log",
    benchmark:
        "results/benchmarks/paper1_claims_on_sweep.tsv"


rule claims:
    input:
        ledgers=[
            rules.paper1_claims_on_sweep.output.csv,
            *(ledger(study) for study in FIGURES if study != "paper1"),
        ],
    output:
        csv="results/claims.csv",
    log:
        "logs/claims.log",
    benchmark:
        "results/benchmarks/claims.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        code=code("claims.py"),
    script:
        "../scripts/claims.py"
