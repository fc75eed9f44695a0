"""K-means at finite temperature."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softkmeans.clustering.fit import Fit, fit
    from softkmeans.clustering.initialisations import INITIALISATIONS
    from softkmeans.clustering.methods import METHODS

    __version__: str

__all__ = ["INITIALISATIONS", "METHODS", "Fit", "__version__", "fit"]

_HOMES = {
    "Fit": "fit",
    "fit": "fit",
    "INITIALISATIONS": "initialisations",
    "METHODS": "methods",
}


def __getattr__(name: str) -> Any:
    """Look up a public name when it is first asked for, so that the package itself costs nothing."""
    if name == "__version__":
        from importlib.metadata import version

        return version("softkmeans")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"softkmeans.clustering.{_HOMES[name]}"), name)
