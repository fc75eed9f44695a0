# The pages: one of each study, the front page with all claims, and Snakemake's report, which holds them all.


wildcard_constraints:
    study="|".join(FIGURES),


rule study_page:
    input:
        data=lambda wildcards: data_of([wildcards.study]),
        claims=lambda wildcards: ledger(wildcards.study),
        figures=lambda wildcards: FIGURES[wildcards.study],
        captions=lambda wildcards: captions(FIGURES[wildcards.study]),
    output:
        report(
            "results/{study}.html",
            category=lambda wildcards: CATEGORIES[wildcards.study],
            caption="../report/study.rst",
            labels=lambda wildcards, input: {
                "Result": "All figures with their captions, and all claims",
                "Data": sources(input.data),
            },
        ),
    log:
        "logs/study_page/{study}.log",
    benchmark:
        "results/benchmarks/study_page/{study}.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        config=config,
        seed=CONFIG.seed,
        git=lambda wildcards: git_state(ROOT),
        code=code("study_page.py"),
    script:
        "../scripts/study_page.py"


rule front_page:
    input:
        data=data_of(FIGURES),
        claims="results/claims.csv",
    output:
        index=INDEX,
        claims=in_report("results/claims.html", "Claims"),
        front="results/runs/front.html",
    log:
        "logs/front_page.log",
    benchmark:
        "results/benchmarks/front_page.tsv"
    conda:
        "../envs/softkmeans.yaml"
    params:
        figures={study: len(figures) for study, figures in FIGURES.items()},
        seed=CONFIG.seed,
        git=lambda wildcards: git_state(ROOT),
        code=code("front_page.py"),
    script:
        "../scripts/front_page.py"


rule whole_report:
    input:
        shown=[
            file
            for rule in (*FIGURES, "front_page")
            for file in getattr(rules, rule).input + rules.front_page.output
        ],
        style=CAPTIONS / "style.css",
        script=CAPTIONS / "report.js",
        captions=sorted(map(str, CAPTIONS.rglob("*.rst"))),
    output:
        REPORT,
    log:
        "logs/report.log",
    # It asks for the records that Snakemake keeps in this folder.
    localrule: True
    conda:
        "../envs/softkmeans.yaml"
    params:
        config=config,
        snakefile=os.path.relpath(ROOT / "Snakefile"),
        code=code("report.py"),
    script:
        "../scripts/report.py"
