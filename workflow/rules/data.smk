# Data sets: from a mirror, checked; or the embedded twin; or the user's own files.


rule obtain:
    input:
        own_files,
    output:
        points="results/data/{dataset}.npz",
        provenance="results/data/{dataset}.json",
    log:
        "logs/obtain/{dataset}.log",
    # The nodes of a cluster seldom have a network.
    localrule: True
    conda:
        "../envs/softkmeans.yaml"
    params:
        source=CONFIG.data.source,
        mirrors=CONFIG.data.mirrors,
        own=lambda wildcards: [
            v for k, v in CONFIG.data.own.items() if k == wildcards.dataset
        ],
        code=code("obtain.py"),
    script:
        "../scripts/obtain.py"
