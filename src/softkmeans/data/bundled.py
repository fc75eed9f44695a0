"""The data set that comes with scikit-learn, so that no network is needed."""

import numpy as np

from softkmeans.data.dataset import Dataset, Origin
from softkmeans.data.parsing import canonical_digest

#: Name of the set: 1797 images of handwritten digits, 8 × 8 pixels of 0 to 16 (Alpaydin & Kaynak 1998).
DIGITS = "digits"


def load_digits() -> Dataset:
    """Load the digits: pixels as points (1797, 64), K = 10, the digit itself as the label."""
    from sklearn import datasets  # takes 2 s to import, and nothing else here needs it

    points, labels = datasets.load_digits(return_X_y=True)
    origin = Origin("bundled", "bundled with scikit-learn", None, canonical_digest(points))
    return Dataset(DIGITS, points, 10, labels.astype(np.int64), origin)
