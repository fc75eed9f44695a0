"""Tables as pages: one file each, no network, readable on a phone. Their templates are in `templates/`."""

from collections import Counter
from typing import Any

import pandas as pd
import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined

from softkmeans.report.ledger import EXCEPTIONS, FAILS, HOLDS, NOT_MEASURED

TEMPLATES = Environment(
    loader=PackageLoader("softkmeans.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

#: Title of each study, and what a reader has to know.
STUDIES = {
    "paper1": ("Paper 1: Inoue & Hara (2020)", ""),
    "paper2": (
        "Paper 2: Félix, Ucan-Puc, Astengo (2026)",
        "Its text was not at hand: the claims are those of its abstract, the names of its theorems and its "
        "captions. Part B is our derivation, in docs/paper2.md; data are standardised.",
    ),
    "sweep": ("Beyond the papers: the sweep", ""),
    "embedding": ("Paper 2's outlook: clustering within a network", ""),
}

#: Style of each verdict, in the order in which they are counted.
CLASSES = {HOLDS: "holds", EXCEPTIONS: "exceptions", FAILS: "fails", NOT_MEASURED: "none"}


def claims_page(ledger: pa.Table) -> str:
    """Make the page of the ledger; figures are linked by their paths beside it."""
    rows = ledger.to_pylist()
    found = Counter(row["verdict"] for row in rows)
    counts = {verdict: found[verdict] for verdict in CLASSES if found[verdict]}
    return _page("claims", rows=rows, counts=counts, classes=CLASSES, studies=STUDIES)


def summary_page(summary: pd.DataFrame) -> str:
    """Make the page of what `sweep.summary.summarise` returns: a table a data set, the first one open."""
    groups = summary.groupby("dataset", sort=False, observed=True)
    return _page("summary", datasets={name: rows.to_dict("records") for name, rows in groups})


def _page(name: str, **values: Any) -> str:
    return TEMPLATES.get_template(f"{name}.html.j2").render(values) + "\n"
