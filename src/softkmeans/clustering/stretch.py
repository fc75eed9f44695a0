"""What both engines take and return: when a run stops, and how a stretch of its iterations ended."""

from typing import NamedTuple

from softkmeans.arrays import Floats


class Stop(NamedTuple):
    """When a run stops.

    Attributes
    ----------
    last : int
        Number of the last iteration.
    soft : bool
        Whether the run's own objective is J̃ and not J.
    tolerance : float
        The run has converged once its own objective falls by no more than this, relatively.
    shift_tolerance : float
        Replaces `tolerance` unless it is negative: the run has converged once the centroids move by no more
        than this, in data units.
    first : int
        Number of the first iteration at which it may have converged.
    """

    last: int
    soft: bool = False
    tolerance: float = 0.0
    shift_tolerance: float = -1.0
    first: int = 0


class Stretch(NamedTuple):
    """How a stretch of iterations ended.

    Attributes
    ----------
    t : int
        Number of its last iteration.
    converged : bool
    weights, moments : array (K,), (K, d)
        Σ_i u_ik and Σ_i u_ik x_i of the last iteration.
    """

    t: int
    converged: bool
    weights: Floats
    moments: Floats
