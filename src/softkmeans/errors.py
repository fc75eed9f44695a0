"""Errors that a user can correct: one line says what is wrong and where, and suggests a known name."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from textwrap import shorten
from typing import TypeVar

T = TypeVar("T")


class DataError(Exception):
    """Data that cannot be obtained or used.

    Attributes
    ----------
    key : str or None
        The option that has to be changed, if it is an option.
    """

    def __init__(self, *lines: str, key: str | None = None) -> None:
        super().__init__(*lines)
        self.key = key


class ConfigError(Exception):
    """The configuration is wrong; the message has a line for each error."""


def one_line(error: Exception) -> str:
    """Return what an error says, as one line that is not too long."""
    return shorten(str(error), 200, placeholder=" …")


def hint(name: str, known: Collection[str]) -> str:
    """Give the end of an error message: the known name that is most like `name`.

    If none is like it, all known names are listed, unless they are more than 12.


    Examples
    --------
    >>> hint("Entorpy", ["lse", "entropy"])
    "; did you mean 'entropy'?"
    >>> hint("sparsemax", ["lse", "entropy"])
    '; choose from lse, entropy'
    """
    folded = {each.casefold(): each for each in known}
    if near := get_close_matches(name.casefold(), folded, n=1):
        return f"; did you mean {folded[near[0]]!r}?"
    return f"; choose from {', '.join(known)}" if 0 < len(known) <= 12 else ""


def look_up(table: Mapping[str, T], name: object, kind: str) -> T:
    """Return ``table[name]``.

    Raises
    ------
    ValueError
        If there is no such name; the message ends with a `hint`.
    """
    if isinstance(name, str) and name in table:
        return table[name]
    raise ValueError(f"unknown {kind} {name!r}{hint(str(name), table)}")
