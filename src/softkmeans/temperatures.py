"""The data's own temperature scale."""

import numpy as np

from softkmeans.typing import Floats


def critical_temperature(points: Floats) -> float:
    """T_c = 2·λ_max of the covariance, squared data units: above it all soft centroids meet at the mean.

    Source: Rose, "Deterministic annealing for clustering …", Proc. IEEE 86(11), 1998, section II-C.
    """
    covariance = np.atleast_2d(np.cov(points, rowvar=False, bias=True))
    return 2 * float(np.linalg.eigvalsh(covariance)[-1])
