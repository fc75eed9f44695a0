"""Errors that a user can mend: one line that says what, where and how, with the nearest known name."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from textwrap import shorten
from typing import TypeVar

T = TypeVar("T")


class DataError(Exception):
    """Data that cannot be had or used."""


def one_line(error: Exception) -> str:
    """Return what an error says, as one line that is not too long."""
    return shorten(str(error), 200, placeholder=" …")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, case aside, or None if none is like it.

    Examples
    --------
    >>> nearest_name("Entorpy", ["lse", "entropy"])
    'entropy'
    """
    folded = {each.casefold(): each for each in known}
    matches = get_close_matches(name.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def look_up(table: Mapping[str, T], name: str, kind: str) -> T:
    """Return ``table[name]``.

    Raises
    ------
    ValueError
        If there is no such name: says which there are, and the nearest.
    """
    if name in table:
        return table[name]
    near = nearest_name(name, table)
    hint = f"; did you mean {near!r}?" if near else ""
    raise ValueError(f"unknown {kind} {name!r}{hint} (known: {', '.join(table)})")
