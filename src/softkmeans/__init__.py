"""K-means at finite temperature."""

from softkmeans.estimator import Fit, fit
from softkmeans.initialisations import INITIALISATIONS
from softkmeans.methods import METHODS

__all__ = ["INITIALISATIONS", "METHODS", "Fit", "fit"]
