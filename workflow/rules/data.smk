# Data sets: from a mirror, checked; or the embedded twin; or generated; or bundled; or the user's own files.


rule obtain:
    input:
        own_files,
    output:
        "results/data/{dataset}.npz",
    log:
        "logs/obtain/{dataset}.log",
    retries: 2
    # The nodes of a cluster seldom have a network, and a network fails now and then.
    localrule: True
    conda:
        "../envs/softkmeans.yaml"
    params:
        asked_for=asked_for,
        code=code("obtain.py"),
    script:
        "../scripts/obtain.py"
