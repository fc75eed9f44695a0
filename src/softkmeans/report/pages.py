"""Results as pages: one file each, without a network, readable on a phone. Templates are in `templates/`.

Each study has a page with its figures and claims. The front page says what was run, and leads to all others.
"""

import io
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from docutils.core import publish_parts
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from softkmeans.data.dataset import Description, describe
from softkmeans.report.ledger import EXCEPTIONS, FAILS, HOLDS, KINDS, NOT_MEASURED, tally

if TYPE_CHECKING:
    import pandas as pd

TEMPLATES = Environment(
    loader=PackageLoader("softkmeans.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.policies["json.dumps_kwargs"] = {"sort_keys": False}  # Bokeh reads its models in their order

#: Title of each study, and what a reader has to know of it. A study that is not here is called by its name.
STUDIES = {
    "paper1": ("Paper 1: Inoue & Hara (2020)", ""),
    "paper2": (
        "Paper 2: Félix, Ucan-Puc, Astengo (2026)",
        "Its text was not at hand: the claims are those of its abstract, of the names of its theorems and of "
        "its captions. What the theorems say beyond that is our derivation, Part B of docs/paper2.md. "
        "Its data are standardised.",
    ),
    "sweep": ("Beyond the papers: the sweep", ""),
    "contest": ("Beyond the papers: does temperature win?", ""),
    "embedding": ("Paper 2's outlook: clustering within a network", ""),
}

#: Class of each verdict in the pages' style sheets.
CLASSES = {HOLDS: "holds", EXCEPTIONS: "exceptions", FAILS: "fails", NOT_MEASURED: "none"}


#: A row of the ledger, as `tables` has it.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What was run.

    Attributes
    ----------
    made : str
        UTC time, ISO format.
    git : mapping or None
        The state of the code as `provenance.manifest.git_state` gives it.
    version : str
        The version of this package.
    seed : int
    data : sequence of Description
        The data sets that were used.
    """

    made: str
    git: Mapping[str, Any] | None
    version: str
    seed: int
    data: Sequence[Description]

    @property
    def code(self) -> str:
        """The version, and the commit if there is one."""
        if self.git is None:
            return f"version {self.version}"
        changed = ", with changes that are not committed" if self.git["dirty"] else ""
        return f"version {self.version}, commit {self.git['commit'][:12]}{changed}"


def facts(files: Iterable[Path], git: Mapping[str, Any] | None, seed: int) -> Facts:
    """Say what was run, here and now, on the data sets of some files."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return Facts(made, git, metadata.version("softkmeans"), seed, [describe(file) for file in files])


def sources(data: Iterable[Description]) -> dict[str, list[str]]:
    """Name data sets by where they came from: twins first, then real ones."""
    groups: dict[str, list[str]] = {"twin": [], "real": []}
    for one in data:
        groups.setdefault(one.origin.source, []).append(one.name)
    return {source: names for source, names in groups.items() if names}


def reason(data: Iterable[Description]) -> str:
    """Say why there are twins: what the mirrors answered for the first of them. Empty if none was asked."""
    answers = (one.origin.rejected for one in data if one.origin.source == "twin")
    return "; ".join(next(filter(None, answers), ()))


def sources_text(data: Sequence[Description]) -> str:
    """Say in one line where the data came from; twins are named in capitals."""
    groups = [
        f"{'TWINS, not the real data' if source == 'twin' else source}: {', '.join(names)}"
        for source, names in sources(data).items()
    ]
    why = reason(data)
    return "; ".join(groups) + (f" (no mirror could be reached: {why})" if why else "")


@dataclass(frozen=True)
class Shown:
    """A figure of a study's page.

    Attributes
    ----------
    name : str
        Name of its file, which is also its anchor in the page: ``fig3``.
    title : str
    caption : str
        HTML.
    image : str
        The picture itself, as a ``data:`` address.
    claims : sequence of Row
        The claims that it shows.
    """

    name: str
    title: str
    caption: str
    image: str
    claims: Sequence[Row]


def tally_text(rows: Sequence[Row]) -> str:
    """Say the tally in one line.

    Examples
    --------
    >>> tally_text([{"kind": "identity", "verdict": "holds"}, {"kind": "empirical", "verdict": "fails"}])
    'identity: 1 holds; empirical: 1 fails'
    """
    return "; ".join(
        f"{kind}: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items() if n)}"
        for kind, verdicts in tally(rows).items()
    )


def closing(
    data: Sequence[Description], rows: Sequence[Row], first: str, seconds: float, expected: str
) -> list[str]:
    """Say how a run ended, in the last lines that a user sees.

    Parameters
    ----------
    rows : ledger
    first : str
        The page to look at first.
    seconds : float
        That the run took.
    expected : str
        The estimate made before, in words.
    """
    return [
        f"Data: {sources_text(data)}",
        f"Claims: {tally_text(rows) or 'none'}",
        f"Took {seconds:.0f} s; the estimate for all from the beginning was {expected}.",
        f"Look first at {first}",
    ]


def claims_page(rows: Sequence[Row], data: Sequence[Description]) -> str:
    """Make the page of all claims, each with a link to its figure on the page of its study."""
    return page("claims", rows=rows, data=data, href="{study}.html#{figure}".format, **_words(rows))


def study_page(study: str, facts: Facts, rows: Sequence[Row], figures: Sequence[Shown]) -> str:
    """Make the page of a study: its figures, each beside its caption and its claims, and all its claims."""
    title, words = _described(study)
    return page(
        "study", title=title, words=words, rows=rows, facts=facts, figures=figures,
        href="#{figure}".format, **_words(rows),
    )  # fmt: skip


def front_page(facts: Facts, rows: Sequence[Row], figures: Mapping[str, int]) -> str:
    """Make the page that comes first.

    Parameters
    ----------
    figures : mapping
        Number of figures of each study.
    """
    found = Counter(row["study"] for row in rows)
    links = [
        (f"{study}.html", _described(study)[0], f"{n} figures, {found[study]} claims")
        for study, n in figures.items()
    ]
    return page("index", rows=rows, facts=facts, links=links, **_words(rows))


def front(facts: Facts, rows: Sequence[Row]) -> str:
    """Make the part of the front page that says what was run, for another page to include."""
    return page("front", rows=rows, facts=facts, **_words(rows))


def summary_page(summary: "pd.DataFrame") -> str:
    """Make the page of what `sweep.summary.summarise` returns: a table for each data set."""
    groups = summary.groupby("dataset", sort=False, observed=True)
    return page("summary", datasets={name: rows.to_dict("records") for name, rows in groups})


def table1_page(table: "pd.DataFrame", sources: Mapping[str, str]) -> str:
    """Make the page of what `paper2.table1.table1` returns; `sources` says where each data set is from."""
    return page("table1", rows=table.to_dict("records"), sources=sources)


def shown(file: Path, caption: str, config: Mapping[str, Any], rows: Iterable[Row]) -> Shown:
    """Put a figure beside its caption.

    Parameters
    ----------
    file : Path
        The PNG.
    caption : str
        reStructuredText with a title. Jinja fills it in, and finds the configuration as
        ``snakemake.config``, as in Snakemake's report.
    config : mapping
    rows : ledger
    """
    stem, number = page_of(file)
    filled = Environment().from_string(caption).render(snakemake=SimpleNamespace(config=config))
    parts = publish_parts(filled, writer="html5", settings_overrides={"report_level": 5})
    title = parts["title"] + (f", page {number}" if number else "")
    name = stem if number in ("", "1") else file.stem
    claims = [row for row in rows if Path(row["figure"]).stem == stem]
    return Shown(name, title, parts["fragment"], picture(file), claims)


def page_of(file: Path) -> tuple[str, str]:
    """Split a figure's file name into name and page; the page is empty where the figure has only one.

    Examples
    --------
    >>> page_of(Path("success-2.png")), page_of(Path("fig2-starts.png"))
    (('success', '2'), ('fig2-starts', ''))
    """
    stem, _, number = file.stem.rpartition("-")
    return (stem, number) if number.isdigit() else (file.stem, "")


def picture(file: Path) -> str:
    """Give a ``data:`` address that holds a picture; lossless WebP is less than half as large as PNG."""
    buffer = io.BytesIO()
    with Image.open(file) as image:
        image.save(buffer, "WEBP", lossless=True, method=2)
    return f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"


def _described(study: str) -> tuple[str, str]:
    """Title of a study, and what a reader has to know of it."""
    return STUDIES.get(study, (study.capitalize(), ""))


def _words(rows: Sequence[Row]) -> dict[str, Any]:
    """What all templates that show claims need."""
    found = {row["study"]: _described(row["study"]) for row in rows}
    return {
        "classes": CLASSES,
        "counts": tally(rows),
        "kinds": KINDS,
        "titles": {study: title for study, (title, _) in found.items()},
        "remarks": {study: remark for study, (_, remark) in found.items()},
        "figure_of": lambda row: Path(row["figure"]).stem,
        "sources": sources,
        "sources_text": sources_text,
        "reason": reason,
    }


def page(name: str, **values: Any) -> str:
    """Fill in a template."""
    return TEMPLATES.get_template(f"{name}.html.j2").render(values) + "\n"
