"""Write the reference page of the package's public names, docs/api.md, from their docstrings.

python tools/api.py
"""

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import softkmeans

ROOT = Path(__file__).parents[1]
PAGE = Path("docs/api.md")
HEAD = """# The public names of the package

Each is imported when it is first asked for: `import softkmeans` itself takes no time.
[example.ipynb](example.ipynb) shows them at work, from a CSV to a figure.

This page is written from the docstrings by `python tools/api.py`.
"""

#: Heading -> the names below it. `tests/test_docs.py` checks that none is forgotten.
SECTIONS = {
    "Clustering": ["fit", "Fit", "SoftKMeans", "anneal"],
    "Methods and initialisations": [
        *("METHODS", "Method", "Assignment", "Shares", "register_method"),
        *("INITIALISATIONS", "Initialisation", "register_initialisation"),
    ],
}


def page_text() -> str:
    """Give the page."""
    parts = [HEAD]
    for heading, names in SECTIONS.items():
        parts.append(f"\n## {heading}\n")
        parts += [text for name in names for text in _entry(f"softkmeans.{name}", getattr(softkmeans, name))]
    return "".join(parts)


def _entry(name: str, value: Any) -> Iterator[str]:
    """Yield the entry of a name; that of a class has its methods and properties."""
    yield f"\n### `{name}`\n\n"
    if isinstance(value, dict):
        kind = type(next(iter(value.values()))).__name__
        yield f"A mapping from the name to the `{kind}` of each that is registered.\n"
        return
    yield f"```text\n{name.rpartition('.')[2]}({_arguments(value)})\n```\n\n"
    yield _markdown(inspect.getdoc(value) or "")
    for key, member in vars(value).items() if inspect.isclass(value) else ():
        if key.startswith("_") or key in inspect.get_annotations(value):
            continue
        call = f"({_arguments(member).removeprefix('self, ')})" if inspect.isfunction(member) else ""
        yield f"\n#### `{key}{call}`\n\n{_markdown(inspect.getdoc(member) or '')}"


def _arguments(function: Any) -> str:
    """List arguments with their defaults; the docstring has the types."""
    words, named = [], False
    for name, each in inspect.signature(function).parameters.items():
        if each.kind is each.KEYWORD_ONLY and not named:
            words, named = [*words, "*"], True
        default = getattr(each.default, "__name__", repr(each.default))
        if not name.startswith("_"):
            words.append(name if each.default is each.empty else f"{name}={default}")
    return ", ".join(words)


def _markdown(docstring: str) -> str:
    """Turn a NumPy docstring into Markdown: sections in bold, their entries as lists, examples as code."""
    head, *sections = re.split(r"^(\w[\w ]*)\n-+\n", docstring, flags=re.MULTILINE)
    text = head.strip() + "\n"
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title == "Examples":
            text += f"\n**{title}**\n\n```pycon\n{body.strip()}\n```\n"
            continue
        text += f"\n**{title}**\n\n"
        for entry in re.split(r"\n(?=\S)", body.strip()):
            name, _, words = entry.partition("\n")
            names, _, kind = name.partition(" : ")
            code = ", ".join(f"`{each}`" for each in names.split(", "))
            words = " ".join(textwrap.dedent(words).split())
            text += f"- {code}{f' ({kind})' if kind else ''}{f': {words}' if words else ''}\n"
    return text


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page_text(), encoding="utf-8")
