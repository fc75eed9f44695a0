# The explorer: one run of each cell of the sweep, with the centroids of every iteration, on a page that plays it.

from softkmeans.sweep.plan import shape

# Coordinates of a set of centroids, K·d, up to which a data set is in the explorer: it has those of every iteration.
EXPLORED_COORDINATES = 1200
SIZES = {name: shape(name, CONFIG.data.own) for name in PLAN.datasets}
EXPLORED = [
    name
    for name, size in SIZES.items()
    if size.n_clusters * size.n_dims <= EXPLORED_COORDINATES
] or PLAN.datasets[:1]


rule explore_runs:
    input:
        data=expand("results/data/{dataset}.npz", dataset=EXPLORED),
        engine=ENGINE,
    output:
        runs="results/runs/explore/runs.parquet",
        trace="results/runs/explore/trace.parquet",
        centroids="results/runs/explore/centroids.parquet",
    log:
        "logs/explore_runs.log",
    benchmark:
        "results/benchmarks/explore_runs.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        tasks=[
            [dataset, method, 0, 1] for dataset in EXPLORED for method in PLAN.methods
        ],
        options={
            "initialisations": PLAN.initialisations,
            "temperatures": SWEEP.temperatures,
            "every_iteration": True,
            **SOLVER,
        },
        code=code("runs.py"),
    script:
        "../scripts/runs.py"


rule explore:
    input:
        data=expand("results/data/{dataset}.npz", dataset=EXPLORED),
        runs=rules.explore_runs.output.runs,
        trace=rules.explore_runs.output.trace,
        centroids=rules.explore_runs.output.centroids,
        summary="results/tables/sweep/summary.csv",
    output:
        in_report("results/explore.html", "Sweep"),
    log:
        "logs/explore.log",
    benchmark:
        "results/benchmarks/explore.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        solver=SOLVER,
        code=code("explore.py"),
    script:
        "../scripts/explore.py"
