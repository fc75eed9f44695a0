"""Names in the sweep: of methods, and of the pages of figures of many data sets."""

import re
from collections.abc import Sequence

#: Put before a method's name where it is annealed.
ANNEALED = "annealed-"

#: What soft methods are compared with.
HARD = "kmeans"

#: A soft method, and those that are the same in other words.
SOFTMAX, EQUAL = "entropy", ("lse", "maxent", "rbf-softmax")

#: Data sets a page of a figure of the sweep.
PER_PAGE = {"success": 6, "centroid-index": 6, "iterations": 6, "heatmap": 9, "phases": 9, "annealing": 9}


def pages(figure: str, n_datasets: int) -> list[str]:
    """Name a figure's pages.

    Examples
    --------
    >>> pages("success", 6), pages("success", 8)
    (['success'], ['success-1', 'success-2'])
    """
    n_pages = -(-n_datasets // PER_PAGE[figure])
    return [figure] if n_pages == 1 else [f"{figure}-{page}" for page in range(1, n_pages + 1)]


def on_page(name: str, datasets: Sequence[str]) -> tuple[str, list[str]]:
    """Give the figure that a page is of, and the data sets on it; pages are as equal as can be.

    Examples
    --------
    >>> on_page("success-2", ["s1", "s2", "s3", "s4", "a1", "a2", "a3"])
    ('success', ['a1', 'a2', 'a3'])
    """
    found = re.fullmatch(r"(.*?)(?:-(\d+))?", name)
    assert found is not None
    figure = found[1]
    if figure not in PER_PAGE:
        return figure, list(datasets)
    n_pages = len(pages(figure, len(datasets)))
    size, more = divmod(len(datasets), n_pages)
    page = int(found[2] or 1) - 1
    first = page * size + min(page, more)
    return figure, list(datasets[first : first + size + (page < more)])
