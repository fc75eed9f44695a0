"""Hard K-means beside every exact peer that is installed."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks import ours, peers
from benchmarks.peers import Ends, Peer
from benchmarks.setting import Setting, compared, in_turn, spread
from softkmeans.arrays import Booleans, Floats, Integers, squared_distances
from softkmeans.data.catalogue import BENCHMARK

#: Number of starts on each set. There are fewer on sets with many coordinates, since a peer keeps a copy of
#: the points for each run.
STARTS, FEW_STARTS, MANY_VALUES = 100, 5, 100_000

#: Largest difference of centroids that count as the same, in widths of the data.
SAME = 1e-9

#: Bits of a peer's numbers -> largest relative difference of objectives that count as the same.
ALIKE = {64: 1e-9, 32: 1e-3}

#: Share of a peer's runs that must end like scikit-learn's for it to count as exact. Runs may differ where a
#: cluster becomes empty, which every library fills in its own way: in an eighth of the runs on dim032.
EXACT = 0.75

#: Points, dimensions and clusters of single Gaussian blobs.
BLOBS = ((20_000, 8, 50), (10_000, 16, 50), (10_000, 64, 50), (2_000, 784, 20))
BLOB_ITERATIONS = 10


def _ours(points: Floats, starts: Floats, _: Integers) -> Ends:
    return Ends(ours.runs(ours.prepare(points), starts))


def _one_by_one(points: Floats, starts: Floats, _: Integers) -> Ends:
    return Ends(np.concatenate([_ours(points, start[None], _).centroids for start in starts]))


@dataclass(frozen=True)
class Measured:
    """Everyone's runs on one data set.

    Attributes
    ----------
    iterations : array (R,)
        Iterations of each run, as scikit-learn's Lloyd counts them.
    times : mapping of name to array (rounds,)
        µs per iteration.
    same : array (R,)
        Whether a run of ours ends with scikit-learn's centroids.
    alike : mapping of name to float
        Share of the runs that end at scikit-learn's objective.
    distances : mapping of name to float
        Distances evaluated per point and iteration; NaN where a peer does not tell.
    """

    iterations: Integers
    times: dict[str, Floats]
    same: Booleans
    alike: dict[str, float]
    distances: dict[str, float]


def _bits(who: str) -> int:
    return 32 if who.endswith("f32") else 64


@cache
def measure(setting: Setting, name: str) -> Measured:
    """Run everyone in turn on one data set, from the same starts until nothing changes."""
    data = setting.data(name)
    points = data.points
    number = setting.number(STARTS if points.size < MANY_VALUES else FEW_STARTS)
    starts = peers.random_starts(data, number)
    fits = peers.scikit_learn(points, starts)
    iterations = np.array([fit.n_iter_ for fit in fits])
    everyone: dict[str, Peer] = {"ours": _ours, "one by one": _one_by_one} | peers.exact_peers()
    ends: dict[str, Ends] = {}

    def keep(who: str) -> None:
        ends[who] = everyone[who](points, starts, iterations)

    times = 1e6 * in_turn([partial(keep, who) for who in everyone], setting.rounds) / iterations.sum()
    right = np.stack([fit.cluster_centers_ for fit in fits])
    goal = np.array([fit.inertia_ for fit in fits])
    excess = {who: np.abs(_objectives(points, end.centroids) / goal - 1) for who, end in ends.items()}
    return Measured(
        iterations,
        dict(zip(everyone, times, strict=True)),
        same(points, ends["ours"].centroids, right),
        {who: float((each <= ALIKE[_bits(who)]).mean()) for who, each in excess.items()},
        {who: end.distances / (iterations.sum() * len(points)) for who, end in ends.items()},
    )


def same(points: Floats, ours: Floats, theirs: Floats) -> Booleans:
    """Whether runs end with the same centroids (R, K, d)."""
    return np.abs(ours - theirs).max(axis=(1, 2)) <= SAME * np.ptp(points, axis=0).max()


def _objectives(points: Floats, centroids: Floats) -> Floats:
    return np.array([squared_distances(points, each).min(axis=0).sum() for each in centroids])


def sets(setting: Setting) -> pd.DataFrame:
    """Hard K-means from random points until nothing changes, µs per iteration.

    Everyone runs from the same starts; the time is that of the whole runs, over the iterations that
    scikit-learn's Lloyd counts. Ours prepares the points once for all starts; *one by one* prepares them anew
    for each, as the peers do. *same* counts our runs that end with scikit-learn's centroids, to 1e-9 of the
    data's width. The fastest peers are those of the table *algorithms*, in double and in single precision.
    """
    rows = []
    for name in setting.names(BENCHMARK):
        data, found = setting.data(name), measure(setting, name)
        own = found.times["ours"]
        row = {
            "set": name,
            "n, d, K": f"{len(data.points)}, {data.points.shape[1]}, {data.n_clusters}",
            "iterations": float(found.iterations.mean()),
            "same": f"{found.same.sum()}/{len(found.iterations)}",
            "ours": float(np.median(own)),
            "one by one": float(np.median(found.times["one by one"])),
            "× scikit-learn": spread(found.times["scikit-learn lloyd"] / own),
        }
        for bits in (64, 32):
            best = _fastest(found, bits)
            row[f"fastest, float{bits}"] = best or "none"
            row[f"× float{bits}"] = spread(found.times[best] / own) if best else ""
        rows.append(row)
    return pd.DataFrame(rows)


def _fastest(found: Measured, bits: int) -> str | None:
    """Name of the fastest exact peer that computes in so many bits; None without any."""
    able = [who for who in _others(found) if _bits(who) == bits and found.alike[who] >= EXACT]
    return min(able, key=lambda who: np.median(found.times[who]), default=None)


def _others(found: Measured) -> list[str]:
    """Names of the peers, without our own two ways."""
    return list(found.times)[2:]


def algorithms(setting: Setting) -> pd.DataFrame:
    """Every exact peer in the runs of the table *sets*, µs per iteration.

    In brackets, how many distances it evaluates per point and iteration, where it tells; Lloyd evaluates K.
    f32 computes in single precision. † marks those of whose runs more than a quarter end at another objective
    than scikit-learn's, by 1e-9 in double precision and by 1e-3 in single. faiss and mlpack, which need not
    stop by themselves, are given scikit-learn's number of iterations.
    """
    found = {name: measure(setting, name) for name in setting.names(BENCHMARK)}
    return pd.DataFrame(
        [{"set": name} | {who: _cell(each, who) for who in _others(each)} for name, each in found.items()]
    )


def _cell(found: Measured, who: str) -> str:
    told = "" if np.isnan(found.distances[who]) else f" ({found.distances[who]:.2f})"
    return f"{np.median(found.times[who]):.0f}{told}{' †' if found.alike[who] < EXACT else ''}"


def blobs(setting: Setting) -> pd.DataFrame:
    """One pass of hard K-means on a single Gaussian blob, where no centroid can be left out.

    Both sides make ten iterations, which are eleven passes; ours has prepared the points beforehand.
    """
    rows = []
    for n, d, K in setting.some(BLOBS):
        points = np.random.default_rng(0).normal(size=(n, d))
        mine = partial(ours.runs, ours.prepare(points), points[None, :K], max_iterations=BLOB_ITERATIONS)
        theirs = partial(peers.scikit_learn, points, points[None, :K], most=BLOB_ITERATIONS)
        seconds = in_turn([mine, theirs], setting.rounds) / (BLOB_ITERATIONS + 1)
        rows.append({"n": n, "d": d, "K": K, "peer": "scikit-learn lloyd"} | compared(*seconds))
    return pd.DataFrame(rows)
