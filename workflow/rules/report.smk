# What is in the report. Titles and captions are in workflow/report/, a file for each figure; the pages are made in pages.smk.

from snakemake.logging import logger
from softkmeans.data.dataset import describe
from softkmeans.report.ledger import read_ledger
from softkmeans.report.pages import closing, page_of

INDEX, REPORT = "results/index.html", "results/report.html"

# From the working directory, so that nothing is out of date where both have been moved.
CAPTIONS = Path(os.path.relpath(ROOT / "workflow" / "report"))
PAPER1_CATEGORY = "Paper 1 (Inoue & Hara 2020)"
PAPER2_CATEGORY = "Paper 2 (Félix et al. 2026)"
EMBEDDING_CATEGORY = "Clustering within a network"

# The figures of each study, in the order of its page, and its category in the report.
FIGURES: dict[str, list[str]] = {}
CATEGORIES: dict[str, str] = {}


def in_report(file, category):
    """Mark an output for the report; all pages of a figure have the caption of one file, whose first line is the title."""
    stem, page = re.fullmatch(r"(.+?)(?:-(\d+))?", Path(file).stem).groups()
    caption = Path(*Path(file).parts[1:-1], f"{stem}.rst")
    with (CAPTIONS / caption).open(encoding="utf-8") as lines:
        title = next(lines).strip() + (f", page {page}" if page else "")

    def labels(wildcards, input):
        return {"Result": title, "Data": sources(input.data)}

    return report(
        file, category=category, caption=f"../report/{caption}", labels=labels
    )


def drawn(study, figures, category):
    """The outputs of a rule that draws figures of a study; the PNG is in the report."""
    stems = [f"results/figures/{study}/{figure}" for figure in figures]
    FIGURES.setdefault(study, []).extend(f"{stem}.png" for stem in stems)
    CATEGORIES[study] = category
    shown = [in_report(f"{stem}.png", category) for stem in stems]
    return shown + [f"{stem}.{suffix}" for stem in stems for suffix in ("pdf", "csv")]


def sources(data):
    """Name the kinds of data that are in files of data sets: real, twin, own, generated, bundled."""
    files = [data] if isinstance(data, str) else data
    return ", ".join(sorted({describe(Path(file)).origin.source for file in files}))


def ledger(study):
    """The claims of a study."""
    return f"results/tables/{study}/claims.csv"


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
        claims = "results/claims.csv" if page == INDEX else ledger(study)
        rows = read_ledger(Path(claims))
        described = [describe(Path(file)) for file in data]
        yield from closing(described, rows, page, time.time() - STARTED, EXPECTED)
