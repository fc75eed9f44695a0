"""The ledger as a page: one file, no network, and readable on a phone."""

from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import pyarrow as pa

from softkmeans.report.ledger import EXCEPTIONS, FAILS, HOLDS, NOT_MEASURED

PAPERS = {
    1: ("Paper 1: Inoue & Hara (2020)", ""),
    2: (
        "Paper 2: Félix, Ucan-Puc, Astengo (2026)",
        "Its text was not at hand: the claims are those of its abstract, the names of its theorems and its "
        "captions. Part B is our derivation, in docs/paper2.md; data are standardised.",
    ),
}
"""Title, and what a reader has to know."""

CLASSES = {HOLDS: "holds", EXCEPTIONS: "exceptions", FAILS: "fails", NOT_MEASURED: "none"}

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; padding: 1rem;
       max-width: 80rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem; border-bottom: 1px solid #ddd;
         overflow-wrap: break-word; }
th { border-bottom: 2px solid #888; }
td:nth-child(1) { width: 7rem; } td:nth-child(2) { width: 30%; } td:nth-child(4) { width: 14%; }
td:nth-child(5) { width: 8rem; }
.verdict { display: inline-block; padding: .1rem .5rem; border-radius: .3rem; font-weight: 600; }
.holds { color: #0b5a25; background: #dff3e4; } .exceptions { color: #6b4300; background: #ffeec7; }
.fails { color: #8f0d20; background: #fde2e4; } .none { color: #444; background: #e8e8e8; }
.small { color: #555; font-size: .87em; } .number { font-weight: 600; }
@media (max-width: 46rem) {
  body { padding: .6rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { border: 1px solid #ccc; border-radius: .4rem; margin: 0 0 .8rem; padding: .3rem; }
  td, td:nth-child(n) { border: 0; padding: .2rem .3rem; width: auto; }
}
"""

UNLINK = """
if (location.protocol === "data:")  // within a report, where links of this page lead nowhere
  for (const link of document.querySelectorAll("td a")) link.removeAttribute("href");
"""


def render(ledger: pa.Table) -> str:
    """Make the page; figures are linked by their paths beside it."""
    rows = ledger.to_pylist()
    sections = "\n".join(
        _section(*words, [row for row in rows if row["paper"] == paper]) for paper, words in PAPERS.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Claims</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Claims</h1>\n"
        f"<p>{_counts(rows)}. The number is that of the case nearest to breaking the criterion, or furthest "
        f"beyond it.</p>\n{sections}\n<script>{UNLINK}</script>\n</body>\n</html>\n"
    )


def _counts(rows: list[dict[str, Any]]) -> str:
    counts = Counter(row["verdict"] for row in rows)
    return f"{len(rows)} claims: " + ", ".join(
        f"{counts[verdict]} {_badge(verdict)}" for verdict in CLASSES if counts[verdict]
    )


def _section(title: str, words: str, rows: list[dict[str, Any]]) -> str:
    heads = "".join(f"<th>{head}</th>" for head in ("Verdict", "Claim", "Measured", "Data", "Figure"))
    body = "\n".join(map(_row, rows))
    table = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return f"<h2>{escape(title)}</h2>\n" + (f"<p>{escape(words)}</p>\n" if words else "") + table


def _row(row: dict[str, Any]) -> str:
    number = "–" if row["number"] is None else f"{row['number']:.4g}"
    lines = [
        escape(row["measured"]),
        f'<span class="number">{number}</span>; criterion: {escape(row["criterion"])}; '
        f"met by {row['met']} of {row['cases']}",
        *(escape(f"{name}: {row[key]}") for name, key in NOTES if row[key]),
    ]
    figure = Path(row["figure"])
    cells = (
        _badge(row["verdict"]),
        f'{escape(row["claim"])}<br><span class="small">{escape(row["where"])}</span>',
        lines[0] + "".join(f'<br><span class="small">{line}</span>' for line in lines[1:]),
        escape(row["data"] or "–"),
        f'<a href="{escape(row["figure"])}">{figure.parent.name}/{figure.stem}</a>',
    )
    return f'<tr id="{escape(row["id"])}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


NOTES = (("except", "exceptions"), ("note", "note"))


def _badge(verdict: str) -> str:
    return f'<span class="verdict {CLASSES[verdict]}">{verdict}</span>'
