"""Félix, Ucan-Puc, Astengo (2026): how soft centroids collapse onto those of K-means as σ → 0.

All in standardised data, where σ compares between data sets; T = 2σ² (our notes on the paper, Part B).
"""

from dataclasses import dataclass

import numpy as np

from softkmeans.assignments import Assignment, entmax15, hard, softmax
from softkmeans.kernels import prepare, squared_distances, sum_over_points
from softkmeans.methods import METHODS, Method, with_learning_rate
from softkmeans.metrics import match
from softkmeans.solver import Solution, solve
from softkmeans.typing import Floats

MAPS = {"rbf-softmax": softmax, "rbf-entmax15": entmax15}
"""Method -> its responsibilities."""

FIXED = 1e-14
"""A run is at its fixed point once its centroids move by no more, in standardised units."""


def temperature(sigma: Floats) -> Floats:
    """T = 2σ²."""
    return 2 * np.square(sigma)


def soft_centroids(points: Floats, centroids: Floats, temperature: float, assignment: Assignment) -> Floats:
    """Σ_i r_ij x_i / Σ_i r_ij (Lemma 1), (K, d); a centroid without weight stays.

    Written plainly: equal responsibilities give equal centroids, to the last bit.
    """
    squares = squared_distances(points, centroids)
    shares = assignment(squares - squares.min(axis=0), np.array(temperature)).responsibilities
    weights = shares.sum(axis=1)[:, None]
    return np.divide(shares @ points, weights, out=centroids.copy(), where=weights > 0)


def margins(points: Floats, centroids: Floats) -> Floats:
    """Δ_j, (K,): the smallest margin among the points whose best or second-best centroid is j.

    A point's margin is its second smallest squared distance less the smallest; Δ is the least Δ_j.
    """
    squares = squared_distances(points, centroids)
    first, second = np.argsort(squares, axis=0, kind="stable")[:2]
    columns = np.arange(len(points))
    margin = squares[second, columns] - squares[first, columns]
    smallest = np.full(len(centroids), np.inf)
    np.minimum.at(smallest, first, margin)
    np.minimum.at(smallest, second, margin)
    return smallest


@dataclass(frozen=True)
class Collapse:
    """What a method does from M starts at each of the S sigmas.

    Attributes
    ----------
    discrepancies : array (S, M, K)
        d_j(σ): distance of the soft centroid matched to centroid j of K-means from the same start.
    paths : array (S, K, d)
        The soft centroids of the first start, in the order of those of K-means.
    trajectory : array (S, M)
        Largest distance over the iterations between the method's centroids and those of K-means.
    n_iterations, converged : array (S, M)
    """

    discrepancies: Floats
    paths: Floats
    trajectory: Floats
    n_iterations: Floats
    converged: Floats


def gradient_method(name: str, learning_rate: float | None) -> Method:
    """A method of paper 2, by its own step or by a constant learning rate."""
    method = METHODS[name]
    return method if learning_rate is None else with_learning_rate(method, learning_rate)


def kmeans_solutions(points: Floats, starts: Floats) -> tuple[Floats, Solution]:
    """Solve K-means from each start (M, K, d) to its fixed point: centroids (M, K, d), and the solution."""
    solution = solve(
        prepare(points),
        starts,
        np.zeros(len(starts)),
        METHODS["kmeans"],
        shift_tolerance=0,
        max_iterations=1000,
    )
    return np.stack([soft_centroids(points, c, 0.0, hard) for c in solution.centroids]), solution


def collapse(
    points: Floats, starts: Floats, sigmas: Floats, method: Method, *, max_iterations: int = 2000
) -> Collapse:
    """Follow a method to its fixed point from every start, at every σ; no warm start between them."""
    hard_centroids, hard_solution = kmeans_solutions(points, starts)
    n_sigmas, n_starts = len(sigmas), len(starts)
    levels = np.repeat(temperature(sigmas), n_starts)
    solution = solve(
        prepare(points),
        np.tile(starts, (n_sigmas, 1, 1)),
        levels,
        method,
        shift_tolerance=FIXED,
        max_iterations=max_iterations,
    )
    shape = (n_sigmas, n_starts)
    found = np.empty((n_sigmas * n_starts, *starts.shape[1:]))
    for r, centroids in enumerate(solution.centroids):
        reference = hard_centroids[r % n_starts]
        landed = soft_centroids(points, centroids, levels[r], method.assignment)
        found[r] = landed[match(landed, reference)]
    distances = np.linalg.norm(found.reshape(*shape, *starts.shape[1:]) - hard_centroids, axis=-1)
    return Collapse(
        discrepancies=distances,
        paths=found.reshape(*shape, *starts.shape[1:])[:, 0],
        trajectory=_largest_distance(solution, hard_solution, n_starts).reshape(shape),
        n_iterations=solution.n_iterations.reshape(shape),
        converged=solution.converged.reshape(shape),
    )


def _largest_distance(soft: Solution, kmeans: Solution, n_starts: int) -> Floats:
    """Max over t of ‖μ^t(σ) − μ^t(K-means)‖, (R,); the one that stops first stays where it stopped."""
    ends = [np.append(0, s.trace.last + 1) for s in (soft, kmeans)]
    largest = np.empty(len(soft.centroids))
    for r in range(len(largest)):
        a, b = (
            s.trace.centroids[end[i] : end[i + 1]]
            for s, end, i in zip((soft, kmeans), ends, (r, r % n_starts), strict=True)
        )
        t = np.arange(max(len(a), len(b)))
        apart = a[np.minimum(t, len(a) - 1)] - b[np.minimum(t, len(b) - 1)]
        largest[r] = np.sqrt(np.square(apart).sum(axis=(1, 2))).max()
    return largest


# Theorem 3: rates -----------------------------------------------------------------------------------------

EXPONENTS = np.linspace(8, 24, 17)
"""Δ_j/T at which rates are measured: past the other margins' part, and before float64's end."""

RESOLVED = 1e-12
"""Discrepancies from here on are known to three digits in float64."""


@dataclass(frozen=True)
class Rate:
    """Discrepancy of centroid j at temperatures T: at the soft fixed point, and after one step from K-means'.

    Attributes
    ----------
    cluster : int
    margin : float
        Δ_j.
    temperatures, fixed_point, one_step, bound : array (17,)
        `bound` is that of Part B.4, for `one_step`; NaN where it says nothing.
    slope : float
        Of log `fixed_point` against 1/T, where it is resolved; NaN with less than four such values.
    """

    cluster: int
    margin: float
    temperatures: Floats
    fixed_point: Floats
    one_step: Floats
    bound: Floats
    slope: float


def rates(points: Floats, hard_centroids: Floats, method: Method) -> list[Rate]:
    """Measure the rates of every centroid of a K-means solution (K, d)."""
    smallest = margins(points, hard_centroids)
    found = []
    levels = np.concatenate([margin / EXPONENTS for margin in smallest])
    solution = solve(
        prepare(points),
        np.tile(hard_centroids, (len(levels), 1, 1)),
        levels,
        method,
        shift_tolerance=1e-15,
        max_iterations=200,
    )
    for j, margin in enumerate(smallest):
        rows = range(j * len(EXPONENTS), (j + 1) * len(EXPONENTS))
        landed = [
            soft_centroids(points, solution.centroids[r], levels[r], method.assignment)[j] for r in rows
        ]
        stepped = [soft_centroids(points, hard_centroids, levels[r], method.assignment)[j] for r in rows]
        fixed, step = (np.linalg.norm(np.stack(c) - hard_centroids[j], axis=1) for c in (landed, stepped))
        here = levels[list(rows)]
        found.append(
            Rate(
                j,
                float(margin),
                here,
                fixed,
                step,
                bound(points, hard_centroids, here)[:, j],
                fit_slope(here, fixed),
            )
        )
    return found


def fit_slope(temperatures: Floats, discrepancies: Floats) -> float:
    """Least-squares slope of log d against 1/T over the resolved values; NaN with less than four."""
    resolved = discrepancies >= RESOLVED
    if resolved.sum() < 4:
        return np.nan
    return float(np.polyfit(1 / temperatures[resolved], np.log(discrepancies[resolved]), 1)[0])


def bound(points: Floats, hard_centroids: Floats, temperatures: Floats) -> Floats:
    """Bound on ‖soft centroid_j − hard centroid_j‖ at fixed μ (Part B.4), (T, K); NaN where it says nothing."""
    squares = squared_distances(points, hard_centroids)
    n, n_clusters = len(points), len(hard_centroids)
    sizes = np.bincount(squares.argmin(axis=0), minlength=n_clusters)
    low = np.exp(-margins(points, hard_centroids).min() / temperatures)[:, None]
    diameter = _diameter(points)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = (
            diameter * (sizes * (n_clusters - 1) + n - sizes) * low / (sizes * (1 - (n_clusters - 1) * low))
        )
    return np.where((n_clusters - 1) * low < 1, limit, np.nan)


def _diameter(points: Floats) -> float:
    """Largest distance between two points; it is between two corners of the convex hull."""
    from scipy.spatial import ConvexHull

    corners = points[ConvexHull(points).vertices]
    return float(np.sqrt(squared_distances(corners, corners).max()))


def exact_from(points: Floats, hard_centroids: Floats, *, steps: int = 30) -> float:
    """Largest σ at which the entmax-1.5 fixed point next to a K-means solution is it, bit for bit.

    By bisection about √Δ/2 (Theorem 4): exact at half of that, not at twice.
    """
    predicted = np.sqrt(margins(points, hard_centroids).min()) / 2

    def exact(sigma: float) -> bool:
        level = float(temperature(np.array(sigma)))
        solution = solve(
            prepare(points),
            hard_centroids[None],
            np.array([level]),
            METHODS["rbf-entmax15"],
            shift_tolerance=FIXED,
            max_iterations=200,
        )
        landed = soft_centroids(points, solution.centroids[0], level, entmax15)
        return np.array_equal(landed, hard_centroids)

    low, high = predicted / 2, predicted * 2
    if not exact(low) or exact(high):
        return np.nan
    for _ in range(steps):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if exact(middle) else (low, middle)
    return float(low)


# Theorem 1: Γ-convergence ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gaps:
    """Largest gap to J over random μ, and its bound, at each temperature, (T,).

    `weighted` is |L_σ − J|, `free` |F_σ − J| (Part B.2).
    """

    weighted: Floats
    weighted_bound: Floats
    free: Floats
    free_bound: Floats


def gaps(points: Floats, n_clusters: int, temperatures: Floats, *, draws: int, seed: int) -> Gaps:
    """Measure how far the softmax functionals are from J at μ drawn uniformly from the data's box."""
    rng = np.random.default_rng(seed)
    n = len(points)
    drawn = rng.uniform(points.min(axis=0), points.max(axis=0), (draws, n_clusters, points.shape[1]))
    prepared = prepare(points)
    weighted, free = np.empty((2, len(temperatures)))
    for i, level in enumerate(temperatures):
        sums = sum_over_points(prepared, drawn - prepared.centre, np.full(draws, level), softmax)
        weighted[i] = (sums.gain + level * sums.entropy).max()  # L_σ = F_σ + T·H
        free[i] = -sums.gain.min()
    return Gaps(
        weighted,
        n * (n_clusters - 1) * temperatures / np.e,
        free,
        n * temperatures * np.log(n_clusters),
    )


# Numerical stability -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stability:
    """How responsibilities fare at each σ, (S,).

    Attributes
    ----------
    nan_share : array
        Share of points with a NaN among their responsibilities.
    steepest : array
        Largest T·|∂r/∂d²|; 0 once no responsibility answers to the centroids.
    """

    nan_share: Floats
    steepest: Floats


def stability(points: Floats, centroids: Floats, sigmas: Floats) -> dict[str, Stability]:
    """Compare softmax without a shift, softmax with it, and entmax-1.5, at fixed centroids (K, d)."""
    squares = squared_distances(points, centroids)
    found = {}
    for name in ("softmax, no shift", "softmax", "entmax-1.5"):
        nan_share, steepest = [], []
        for level in temperature(sigmas):
            r, slopes = _responses(name, squares, float(level))
            nan_share.append(np.isnan(r).any(axis=0).mean())
            steepest.append(np.nanmax(slopes, initial=0.0))
        found[name] = Stability(np.array(nan_share), np.array(steepest))
    return found


def _responses(name: str, squares: Floats, level: float) -> tuple[Floats, Floats]:
    """Responsibilities (K, n), and the size of the diagonal of T·∂r/∂d²."""
    if name == "softmax, no shift":
        with np.errstate(invalid="ignore", over="ignore"):
            weights = np.exp(-squares / level)
            r = weights / weights.sum(axis=0)
        return r, r * (1 - r)
    excess = squares - squares.min(axis=0)
    if name == "softmax":
        r = softmax(excess, np.array(level)).responsibilities
        return r, r * _sum_of_others(r)
    r = entmax15(excess, np.array(level)).responsibilities
    roots = np.sqrt(r)
    return r, roots * _sum_of_others(roots) / roots.sum(axis=0)


def _sum_of_others(values: Floats) -> Floats:
    """Sum over the other clusters, without the cancellation of 1 − r."""
    return np.stack([np.delete(values, k, axis=0).sum(axis=0) for k in range(len(values))])


def is_monotone(discrepancies: Floats, *, slack: float = RESOLVED) -> bool:
    """Whether values along the first axis, for falling σ, never rise by more than rounding."""
    return bool((np.diff(discrepancies, axis=0) <= slack).all())
