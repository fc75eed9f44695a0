"""K-means at finite temperature."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softkmeans.clustering.assignments import Assignment, Shares
    from softkmeans.clustering.estimator import SoftKMeans
    from softkmeans.clustering.fit import Fit, fit
    from softkmeans.clustering.initialisations import INITIALISATIONS, Initialisation
    from softkmeans.clustering.initialisations import register as register_initialisation
    from softkmeans.clustering.methods import METHODS, Method
    from softkmeans.clustering.methods import register as register_method
    from softkmeans.sweep.repeat import anneal

    __version__: str

__all__ = [
    "INITIALISATIONS",
    "METHODS",
    "Assignment",
    "Fit",
    "Initialisation",
    "Method",
    "Shares",
    "SoftKMeans",
    "__version__",
    "anneal",
    "fit",
    "register_initialisation",
    "register_method",
]

#: Where each public name comes from.
_HOMES = {
    "INITIALISATIONS": "clustering.initialisations:INITIALISATIONS",
    "METHODS": "clustering.methods:METHODS",
    "Assignment": "clustering.assignments:Assignment",
    "Fit": "clustering.fit:Fit",
    "Initialisation": "clustering.initialisations:Initialisation",
    "Method": "clustering.methods:Method",
    "Shares": "clustering.assignments:Shares",
    "SoftKMeans": "clustering.estimator:SoftKMeans",
    "anneal": "sweep.repeat:anneal",
    "fit": "clustering.fit:fit",
    "register_initialisation": "clustering.initialisations:register",
    "register_method": "clustering.methods:register",
}


def __getattr__(name: str) -> Any:
    """Look up a public name when it is first asked for, so that importing the package stays fast."""
    if name == "__version__":
        from importlib.metadata import version

        return version("softkmeans")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"softkmeans.{module}"), attribute)


def __dir__() -> list[str]:
    """List the public names too, so that notebooks can complete them."""
    return sorted({*globals(), *__all__})
