# The pages: one of each study, the front page with all claims, and Snakemake's report, which holds them all.

from snakemake.logging import logger
from softkmeans.report.pages import closing, page_of, read_ledger

INDEX, REPORT = "results/index.html", "results/report.html"


wildcard_constraints:
    study="|".join(FIGURES),


def data_of(studies):
    """The data sets that the rules of these names ask for."""
    files = [file for study in studies for file in getattr(rules, study).input]
    return list(
        dict.fromkeys(file for file in files if file.startswith("results/data/"))
    )


def captions(figures):
    """The file of each figure's caption."""
    folders = [CAPTIONS / Path(*Path(figure).parts[1:-1]) for figure in figures]
    return [
        folder / f"{page_of(Path(figure))[0]}.rst"
        for folder, figure in zip(folders, figures)
    ]


rule study_page:
    input:
        data=lambda wildcards: data_of([wildcards.study]),
        claims=lambda wildcards: CLAIMS_OF.get(wildcards.study, []),
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
        names=CAPTIONS / "names.js",
        captions=[str(file) for file in CAPTIONS.rglob("*.rst")],
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


def last_lines():
    """What the user is told at the end: of all that was run, or of the studies whose pages were made."""
    made = [
        page
        for page in (INDEX, *(f"results/{study}.html" for study in FIGURES))
        if Path(page).exists() and Path(page).stat().st_mtime > STARTED
    ]
    for page in made[:1] if INDEX in made else made:
        study = Path(page).stem
        data = data_of(FIGURES if page == INDEX else [study])
        ledger = "results/claims.csv" if page == INDEX else CLAIMS_OF.get(study)
        rows = read_ledger(Path(ledger)) if ledger else []
        described = [describe(Path(file)) for file in data]
        yield from closing(described, rows, page, time.time() - STARTED, EXPECTED)
