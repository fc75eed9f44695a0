"""The summary of the sweep as a page: one file, no network, and readable on a phone."""

from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; padding: 1rem;
       max-width: 64rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
details { margin: .8rem 0; } summary { font-size: 1.1rem; font-weight: 600; cursor: pointer; }
.scroll { overflow: auto; max-height: 85vh; }
table { border-collapse: collapse; font-size: .8em; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .3rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
th { position: sticky; top: 0; background: #eee; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
"""

COLUMNS = (
    "method",
    "start",
    "T/T<sub>c</sub>",
    "runs",
    "success",
    "95 %",
    "centroid index",
    "iterations",
    "J",
    "ARI",
)


def render(summary: pd.DataFrame) -> str:
    """Make the page from what `summary.summarise` returns: a table a data set, the first one open."""
    groups = summary.groupby("dataset", sort=False, observed=True)
    tables = "\n".join(
        _dataset(str(name), rows, "" if i else " open") for i, (name, rows) in enumerate(groups)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Sweep</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Sweep</h1>\n"
        "<p>Means over the runs. Success: every cluster found, centroid index 0; beside it the bootstrap "
        f"interval of its mean. K-means has no temperature.</p>\n{tables}\n</body>\n</html>\n"
    )


def _dataset(name: str, rows: pd.DataFrame, is_open: str) -> str:
    heads = "".join(f"<th>{head}</th>" for head in COLUMNS)
    body = "\n".join(map(_row, rows.to_dict("records")))
    table = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    heading = f"<summary>{escape(name)}</summary>"
    return f'<details{is_open}>\n{heading}\n<div class="scroll">{table}</div>\n</details>'


def _row(row: Mapping[Hashable, Any]) -> str:
    cells = (
        escape(row["method"]),
        escape(row["initialisation"]),
        _known(row["temperature_ratio"], ".3g") if row["temperature"] > 0 else "–",
        str(row["n"]),
        _known(row["success"], ".0%"),
        _interval(row["success_low"], row["success_high"]),
        _known(row["centroid_index"], ".2f"),
        _known(row["n_iterations"], ".1f"),
        _known(row["objective"], ".4g"),
        _known(row["ari"], ".3f"),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _known(value: float, form: str) -> str:
    return "–" if pd.isna(value) else format(value, form)


def _interval(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{low:.0%} to {high:.0%}"
