# The report: what is in it, and how it is made. Titles and captions are in workflow/report/, one file a figure.

from softkmeans.data.dataset import describe
from softkmeans.files import replacing

REPORT = "results/report.html"
PAPER1_CATEGORY = "Paper 1 (Inoue & Hara 2020)"
PAPER2_CATEGORY = "Paper 2 (Félix et al. 2026)"


def in_report(file, category):
    """Mark an output for the report; all pages of a figure have the caption of one file, whose first line is the title."""
    stem, page = re.fullmatch(r"(.+?)(?:-(\d+))?", Path(file).stem).groups()
    caption = Path("report", *Path(file).parts[1:-1], f"{stem}.rst")
    with (Path(workflow.basedir) / "workflow" / caption).open(
        encoding="utf-8"
    ) as lines:
        title = next(lines).strip() + (f", page {page}" if page else "")

    def labels(wildcards, input):
        return {"Result": title, "Data": sources(input.data)}

    return report(file, category=category, caption=f"../{caption}", labels=labels)


def sources(data):
    """Name the kinds of data that are in files of data sets: real, twin, own, generated."""
    files = [data] if isinstance(data, str) else data
    return ", ".join(sorted({describe(Path(file)).origin.source for file in files}))


def make_report():
    """Make the report as `snakemake --report` does, from the finished run.

    The option --report-after-run is none: a dry run then fails, since it makes a report too, and of
    nothing; and a run of a single target leaves a report of that target alone.
    """
    from snakemake.report import auto_report
    from snakemake.report.html_reporter import ReportSettings
    from snakemake.settings.types import GlobalReportSettings
    from snakemake_interface_report_plugins.registry import ReportPluginRegistry

    style = Path(workflow.basedir) / "workflow/report/style.css"
    plugin = ReportPluginRegistry().get_plugin("html")
    with replacing(Path(REPORT)) as unfinished:
        settings = ReportSettings(path=unfinished, stylesheet_path=style)
        workflow.async_run(
            auto_report(workflow.dag, plugin, settings, GlobalReportSettings())
        )
