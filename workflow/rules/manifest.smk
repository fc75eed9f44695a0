# The manifest: each result with its hash and its rule, and what all were made from.

from softkmeans.provenance.manifest import git_state

MANIFEST = "results/manifest.json"


rule manifest:
    input:
        [file for file in rules.all.input if file != MANIFEST],
    output:
        MANIFEST,
    log:
        "logs/manifest.log",
    # Only where Snakemake itself runs are all jobs known.
    localrule: True
    conda:
        "../envs/softkmeans.yaml"
    params:
        rules=made_before,
        config=CONFIG.model_dump(mode="json"),
        git=lambda wildcards: git_state(Path(workflow.basedir)),
        code=code("manifest.py"),
    script:
        "../scripts/manifest.py"
