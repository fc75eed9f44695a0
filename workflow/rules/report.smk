# The report: what is in it, and how it is made. Titles and captions are in workflow/report/, a file for each figure.

import subprocess
import sys
from tempfile import TemporaryDirectory

import yaml
from softkmeans.data.dataset import describe
from softkmeans.files import replacing

REPORT = "results/report.html"
CAPTIONS = Path(workflow.basedir) / "workflow" / "report"
PAPER1_CATEGORY = "Paper 1 (Inoue & Hara 2020)"
PAPER2_CATEGORY = "Paper 2 (Félix et al. 2026)"
EMBEDDING_CATEGORY = "Clustering within a network"


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
    shown = [in_report(f"{stem}.png", category) for stem in stems]
    return shown + [f"{stem}.{suffix}" for stem in stems for suffix in ("pdf", "csv")]


def sources(data):
    """Name the kinds of data that are in files of data sets: real, twin, own, generated, bundled."""
    files = [data] if isinstance(data, str) else data
    return ", ".join(sorted({describe(Path(file)).origin.source for file in files}))


def is_newer(file, other):
    """Whether a file is there, and is newer than another if that is there too."""
    times = [
        Path(path).stat().st_mtime if Path(path).exists() else 0
        for path in (file, other)
    ]
    return times[0] > times[1]


def make_report():
    """Make the report of everything, as `snakemake --report` does.

    A process of its own does it, with the configuration as it was merged. Snakemake's --report-after-run
    would not do: it makes a report of a dry run too, and of the targets of each run alone.
    """
    with (
        TemporaryDirectory(dir=".snakemake") as folder,
        replacing(Path(REPORT)) as unfinished,
    ):
        merged = Path(folder, "config.yaml")
        merged.write_text(yaml.safe_dump(config, sort_keys=False))
        command = [sys.executable, "-m", "snakemake", "--report", unfinished]
        command += ["--report-stylesheet", CAPTIONS / "style.css"]
        command += ["--snakefile", Path(workflow.basedir) / "Snakefile"]
        command += ["--configfile", merged, "--replace-workflow-config"]
        command += ["--nolock", "--", "all"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise WorkflowError(
                f"The report cannot be made; mend this, then: snakemake --report {REPORT}\n{done.stderr}"
            )
