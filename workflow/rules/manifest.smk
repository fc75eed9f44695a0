# The manifest: each result with its digest, and what all were made from.

MANIFEST = "results/manifest.json"


rule manifest:
    input:
        [file for file in rules.all.input if file != MANIFEST],
    output:
        MANIFEST,
    log:
        "logs/manifest.log",
    # The nodes of a cluster seldom have git.
    localrule: True
    conda:
        "../envs/softkmeans.yaml"
    params:
        config=CONFIG.model_dump(mode="json"),
        git=lambda wildcards: git_state(ROOT),
        code=code("manifest.py"),
    script:
        "../scripts/manifest.py"
