"""Names in the sweep: of methods, and of the pages of figures of many data sets."""

import re
from collections.abc import Sequence

#: Prefix of a method's name where its runs are annealed.
ANNEALED = "annealed-"

#: The method that soft ones are compared with.
HARD = "kmeans"

#: The method that stands for softmax, and the methods that are equivalent to it.
SOFTMAX, EQUAL = "entropy", ("lse", "maxent", "rbf-softmax")

#: Figure that may take several pages -> number of data sets on a page.
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
    """Give the figure that a page belongs to, and its data sets, which are spread evenly over the pages.

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
