"""Write what follows from the models of the configuration: the reference page, and the schema for editors.

    python tools/configuration.py

Writes docs/configuration.md and workflow/schemas/config.schema.json.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema

from softkmeans.config import Config

ROOT = Path(__file__).parents[1]
PAGE, SCHEMA = Path("docs/configuration.md"), Path("workflow/schemas/config.schema.json")
HEAD = """# The keys of config.yaml

A value is checked before anything is run, and a wrong one is refused with its file, line and key. Numbers may
be written as 1000, 1e3 or 0.001. Temperatures are in squared units of the data (`1e9`) or in critical
temperatures of the data (`0.2 Tc`).

A file that `--configfile` names may have any of these keys, and so may `--config`: mappings are merged with
those of `config.yaml`, and everything else replaces what is there. The defaults are what `config.yaml` says
as it comes.

This page is written from `src/softkmeans/config.py` by `python tools/configuration.py`.
"""


class Untitled(GenerateJsonSchema):
    """A JSON schema in which only the kinds of values have titles."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Say that no title is made of a key's name."""
        return False


def schema_text() -> str:
    """Give the schema for editors. No key is required in it, since a file may have any of them."""
    schema = Config.model_json_schema(schema_generator=Untitled)
    for part in list(_parts(schema)):
        part.pop("required", None)
        if "minItems" in part:  # one item may stand without brackets
            array = {key: part.pop(key) for key in ("type", "items", "minItems")}
            part["anyOf"] = [array["items"], array]
    text = json.dumps(schema, indent=1, ensure_ascii=False)
    return re.sub(r"(?<=[\[{])\s+[^][{}]+\s+(?=[]}])", lambda inner: " ".join(inner[0].split()), text) + "\n"


def page_text() -> str:
    """Give the reference page of keys."""
    schema = Config.model_json_schema(schema_generator=Untitled)
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return HEAD + "".join(_sections("", schema, schema["$defs"], shipped))


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all schemas in it."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(part)


def _sections(path: str, block: dict[str, Any], blocks: dict[str, Any], shipped: Any) -> Iterator[str]:
    """Yield the section of a block of keys, and those of the blocks in it."""
    inner, rows = [], []
    for key, part in block["properties"].items():
        value = (shipped or {}).get(key, part.get("default"))
        for mark, each in (
            ("", part),
            ("[…]", part.get("items")),
            (".NAME", part.get("additionalProperties")),
        ):
            if each and "$ref" in each:
                name = f"{path}{key}{mark}"
                inner.append((name, blocks[each["$ref"].split("/")[-1]], None if mark else value))
        if "$ref" not in part:
            rows.append(f"| `{key}` | {_kind(part)} | {_shown(value)} | {part['description']} |\n")
    yield f"\n## {f'`{path[:-1]}`' if path else 'At the top'}\n\n{block['description']}\n\n"
    yield "| key | type | default | description |\n|---|---|---|---|\n"
    yield from rows
    for name, each, value in inner:
        yield from _sections(f"{name}.", each, blocks, value)


def _kind(part: dict[str, Any]) -> str:
    """Say in words what type a value has."""
    if "title" in part:
        return str(part["title"])
    if "enum" in part:
        return f"one of {', '.join(part['enum'])}"
    if "anyOf" in part:
        return _kind(part["anyOf"][0])
    match part.get("format") or part.get("type"):
        case None:
            return "a mapping"
        case "file-path":
            return "a file"
        case "boolean":
            return "true or false"
        case "array":
            return f"a list, each {_kind(part['items'])}"
        case "object":
            return f"a mapping of names, each to {_kind(part['additionalProperties'])}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    bounds = [f"{sign} {part[key]}" for key, sign in signs.items() if key in part]
    words = {"integer": "a whole number", "number": "a number"}.get(part["type"], "a text")
    return f"{words} {' and '.join(bounds)}".strip()


def _shown(value: Any) -> str:
    match value:
        case None | {} if not value:
            return "none"
        case list():
            return ", ".join(map(_shown, value))
        case {"url": url}:
            return f"`{url}`"
    return f"`{value}`"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page_text(), encoding="utf-8")
    (ROOT / SCHEMA).write_text(schema_text(), encoding="utf-8")
