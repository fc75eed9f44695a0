"""The layout of a table in a text file, and reading the table.

pandas does the reading. The first lines tell what it has to know: the separator, the decimal mark, and
whether columns and rows have names. Where they leave a doubt, an option decides, and nothing is guessed.
"""

import csv
import gzip
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from softkmeans.errors import DataError, one_line

if TYPE_CHECKING:
    import pandas as pd

#: Number of bytes at the start of a file that its layout is found from.
HEAD = 2**16

#: The most lines of these bytes that are looked at.
LINES = 100


class Layout(NamedTuple):
    """How a text is laid out.

    Attributes
    ----------
    separator, decimal, encoding : str
        As `pandas.read_csv` takes them.
    skip : int
        Lines before the first point.
    names : tuple of str
        Names of the columns; '' for a column of row names.
    line_bytes : float
        Bytes of a line, on average.
    """

    separator: str
    decimal: str
    encoding: str
    skip: int
    names: tuple[str, ...]
    line_bytes: float

    @property
    def row_names(self) -> bool:
        """Whether the first column has the names of the rows, as pandas and R write them."""
        return self.names[0] == ""


def find_layout(path: Path, named: Collection[str] = (), header: bool | None = None) -> Layout:
    """Find the layout of a text from its first lines.

    Parameters
    ----------
    path : Path
        Plain or ``.gz``.
    named : collection of str
        Columns that are known to be there, by name, or by number where columns have no names.
    header : bool, optional
        Whether the first line has the names of the columns, where the file does not tell.

    Raises
    ------
    DataError
        The file cannot be read or is empty, names of columns are missing or given twice, or it is in doubt
        whether columns have names.
    """
    lines, encoding, size = _head(path)
    start = next((i for i, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"), None)
    if start is None:
        raise DataError(f"{path} is empty")
    body = [line for line in lines[start:] if line.strip()][:LINES]
    separator = _separator(body)
    fields = [_split(line, separator) for line in body]
    comments = [line.lstrip("# ") for line in lines[:start] if line.strip()]
    comment = _split(comments[-1], separator) if comments else []
    names, skip, width = comment, start, len(fields[0])
    if header is not None or len(comment) != width:  # numpy writes names as a comment
        if header is None:
            header = _starts_with_names(fields, named)
        if header is None:
            raise DataError(
                f"{path}, line {start + 1}: {','.join(fields[0])[:60]!r} may be a point or names of columns;"
                " the option header (true or false) says which"
            )
        names = positions(width)
        if header:
            names, skip, width = fields[0], start + 1, len(fields[min(1, len(fields) - 1)])
            names = ["", *names] if len(names) == width - 1 else names  # R does not name its row names
    if len(names) != width:
        raise DataError(f"{path} has {width} columns, but names for {len(names)}")
    names = [names[0], *(name or str(i) for i, name in enumerate(names[1:], 2))]
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        raise DataError(f"{path} has two columns called {twice[0]!r}; rename one of them")
    commas = separator != "," and any(re.fullmatch(r"[+-]?\d+,\d+", word) for row in fields for word in row)
    return Layout(separator, "," if commas else ".", encoding, skip, tuple(names), size / len(lines))


def _head(path: Path) -> tuple[list[str], str, int]:
    """The first lines of a text, its encoding, and the number of bytes of these lines."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(HEAD)
    except Exception as error:  # a damaged archive shows in many ways
        raise DataError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = re.split(r"\r\n|\r|\n", start.decode(encoding, errors="replace"))
    whole = len(start) < HEAD or len(lines) == 1
    return lines if whole else lines[:-1], encoding, len(start)


def _separator(body: Sequence[str]) -> str:
    bare = [re.sub('"[^"]*"', "", line) for line in body]
    if ";" in bare[0]:
        return ";"
    if all("\t" in line for line in bare):
        return "\t"
    return "," if "," in bare[0] else r"\s+"


def _split(line: str, separator: str) -> list[str]:
    """The fields of a line, without quotes."""
    mark = separator
    if separator == r"\s+":
        line, mark = " ".join(line.split()), " "
    return [word.strip() for row in csv.reader([line], delimiter=mark, skipinitialspace=True) for word in row]


def _starts_with_names(fields: list[list[str]], named: Collection[str]) -> bool | None:
    """Whether the first line has the names of the columns; None if that is in doubt."""
    first, rest = fields[0], fields[1:]
    words = [word for word in first if word]
    numbers = [word for word in words if _is_number(word)]
    if words and not numbers:
        return True
    by_name, by_position = set(named) <= set(first), set(named) <= set(positions(len(first)))
    if named and by_name != by_position:
        return by_name
    if len(numbers) < len(words):
        return None
    if not _are_whole(words):
        return False
    if first[0] == "":
        return True
    # pandas calls columns 0, 1, …; other whole numbers, such as years, may be names if no point has whole
    # numbers only.
    counts = words == [str(i) for i in range(len(words))]
    others = not rest or any(_are_whole([word for word in row if _is_number(word)]) for row in rest)
    return counts if counts != others else None


def positions(width: int) -> list[str]:
    """Names of columns that have none.

    Examples
    --------
    >>> positions(3)
    ['1', '2', '3']
    """
    return [str(i + 1) for i in range(width)]


def _are_whole(words: Sequence[str]) -> bool:
    return all(re.fullmatch("[+-]?[0-9]+", word) for word in words)


def _is_number(word: str) -> bool:
    """Whether a word is a number, with a point or a comma, or stands for a missing one."""
    number = r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?"
    return re.fullmatch(f"{number}|[+-]?inf|nan|NA", word, re.IGNORECASE) is not None


def read_text(path: Path, layout: Layout) -> "pd.DataFrame":
    """Read a table by its layout.

    Raises
    ------
    DataError
        The file is not text, is damaged, or has lines with different numbers of columns.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(
            path,
            sep=layout.separator,
            decimal=layout.decimal,
            encoding=layout.encoding,
            skiprows=layout.skip,
            header=None,
            names=list(layout.names),
            skipinitialspace=True,
            compression="gzip" if path.suffix == ".gz" else None,
            low_memory=False,
        )
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8; save it as CSV UTF-8, Parquet or .npy") from error
    except Exception as error:  # pandas, gzip and the system raise many kinds
        reason = one_line(error).removeprefix("Error tokenizing data. C error: ")
        raise DataError(f"{path} cannot be read: {reason}") from error
    if not isinstance(frame.index, pd.RangeIndex):  # pandas has made row names of extra columns
        raise DataError(f"{path} has lines of more columns than the {len(layout.names)} of the first")
    return frame
