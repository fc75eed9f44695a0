"""Mean centroid index of K-means from random points: ours, scikit-learn's and the published one."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from benchmarks.peers import MAX_ITERATIONS
from benchmarks.setting import SEED, Sets, random_points, row, truth
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.metrics import centroid_index
from softkmeans.clustering.solver import solve
from softkmeans.sweep.published import PUBLISHED

REPEATS = {"birch1": 200}
"""Elsewhere 1000: of Birch2, 200 leave a standard error of 0.19, two thirds of `NEAR`."""
NEAR = 0.3
"""How far from the published value ours may be."""
ERRORS = 3
"""How many standard errors of the difference ours may be from scikit-learn's."""


def means(sets: Sets, only: str, scale: float) -> pd.DataFrame:
    """Compare on every set whose name contains `only`; scikit-learn draws its own starts."""
    rows = []
    for dataset, published in PUBLISHED.items():
        if only not in dataset:
            continue
        data = sets[dataset]
        exact = truth(data)
        repeats = max(2, round(scale * REPEATS.get(dataset, 1000)))
        solution = solve(
            prepare(data.points),
            random_points(data, repeats),
            np.zeros(repeats),
            METHODS["kmeans"],
            tolerance=0,
            max_iterations=MAX_ITERATIONS,
        )
        ours = np.array([centroid_index(found, exact) for found in solution.centroids])
        theirs = np.array(
            [
                centroid_index(
                    KMeans(
                        data.n_clusters,
                        init="random",
                        n_init=1,
                        tol=0,
                        max_iter=MAX_ITERATIONS,
                        algorithm="lloyd",
                        random_state=SEED + repeat,
                    )
                    .fit(data.points)
                    .cluster_centers_,
                    exact,
                )
                for repeat in range(repeats)
            ]
        )
        error = float(np.hypot(ours.std(ddof=1), theirs.std(ddof=1)) / np.sqrt(repeats))
        apart = float(ours.mean() - theirs.mean())
        rows.append(
            row(
                dataset=dataset,
                data=data.origin.source,
                repeats=repeats,
                published=published,
                ours=float(ours.mean()),
                scikit_learn=float(theirs.mean()),
                standard_error=error,
                from_published=float(ours.mean()) - published,
                errors_from_scikit_learn=apart / error,
                met="yes" if abs(ours.mean() - published) <= NEAR and abs(apart) <= ERRORS * error else "no",
            )
        )
    return pd.DataFrame(rows)
