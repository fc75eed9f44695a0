# The compiled engine, before the jobs that use it: else each of them would compile it.


rule engine:
    output:
        ENGINE,
    log:
        "logs/engine.log",
    benchmark:
        "results/benchmarks/engine.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        engine=CONFIG.engine,
        code=code("engine.py"),
    script:
        "../scripts/engine.py"
