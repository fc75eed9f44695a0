# What is in the report. Titles and captions are in workflow/report/, a file for each figure; the pages are made in pages.smk.

from softkmeans.data.dataset import describe

# From the working directory, so that nothing is out of date where both have been moved.
CAPTIONS = Path(os.path.relpath(ROOT / "workflow" / "report"))
PAPER1_CATEGORY = "Paper 1 (Inoue & Hara 2020)"
PAPER2_CATEGORY = "Paper 2 (Félix et al. 2026)"

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
    """Name the kinds of data that are in files of data sets: real, twin, own, generated."""
    files = [data] if isinstance(data, str) else data
    return ", ".join(sorted({describe(Path(file)).origin.source for file in files}))
