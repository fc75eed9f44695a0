"""Load the compiled engine, with a cache that never answers with stale code and never stands in the way."""

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from softkmeans.arrays import Floats, Integers
from softkmeans.clustering import methods
from softkmeans.clustering.assignments import Assignment
from softkmeans.clustering.stretch import Stop, Stretch

NO_LABELS, NO_SQUARES = np.empty(0, dtype=np.int64), np.empty(0)
SOURCE = Path(__file__).with_name("engine.py")


@cache
def load() -> ModuleType:
    """Import the engine, compile it or fetch it from the cache, and return the module.

    A cache that cannot be read is removed and made anew.
    """
    import numba

    folder = cache_folder()
    settings: Any = numba.config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
    try:
        from softkmeans.clustering import engine  # by a statement, so that `code_digest` sees it
    finally:
        settings.CACHE_DIR = before
    try:
        warm_up(engine)
    except Exception:  # whatever a damaged file makes the reader say
        shutil.rmtree(folder, ignore_errors=True)
        warm_up(engine)
    return engine


def cache_folder() -> Path:
    """Choose a folder of the user's, named by the engine's source; a temporary one where none can be written.

    `NUMBA_CACHE_DIR` is used where it is set.
    """
    digest = sha256(SOURCE.read_bytes()).hexdigest()[:16]
    given = os.environ.get("NUMBA_CACHE_DIR")
    for base in (Path(given) if given else user_cache_path("softkmeans"), Path(tempfile.gettempdir())):
        folder = base / f"softkmeans-engine-{digest}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="softkmeans-engine-"))


def warm_up(engine: ModuleType) -> None:
    """Call what is compiled on three points, so that it is compiled before anything is timed."""
    tree = engine.grow(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    rows, places = np.full((1, 4), np.nan), np.empty((0, 2, 2))
    _iterate(
        engine,
        tree,
        (engine.HARD, engine.no_share, 0.0, 0.0),
        Stop(0),
        tree.rows[:2].copy(),
        0,
        0,
        rows,
        places,
    )


def grow(values: Floats) -> Any:
    """Sort centred points (n, d) into the engine's tree."""
    return load().grow(np.ascontiguousarray(values))


def iterate(
    tree: Any,
    assignment: Assignment,
    update: Callable[..., Floats],
    state: Floats,
    temperature: float,
    stop: Stop,
    t: int,
    rows: Floats,
    places: Floats,
) -> Stretch:
    """Iterate a run from iteration t on; see `kernels.iterate`."""
    engine = load()
    updates = {
        methods.means: engine.MEANS,
        methods.membership_sums: engine.MEMBERSHIP_SUMS,
        methods.gradient_step: engine.GRADIENT_STEP,
    }
    code = updates.get(update)
    if code is None:  # one pass: the caller makes the update
        stop = stop._replace(last=t)
    kind, share = _sharing(engine, assignment)
    known = (kind, share, temperature, assignment.reach)
    code = engine.MEMBERSHIP_SUMS if state.shape[1] > tree.rows.shape[1] else code or engine.MEANS
    return _iterate(engine, tree, known, stop, state, code, t, rows, places)


def find_nearest(tree: Any, centroids: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest of the centred centroids (K, d), and its squared distance, both (n,)."""
    engine = load()
    labels, squares = np.empty(len(tree.rows), dtype=np.int64), np.empty(len(tree.rows))
    rows, places = np.full((1, 4), np.nan), np.empty((0, *centroids.shape))
    known = (engine.LABELS, engine.no_share, 0.0, 0.0)
    _iterate(engine, tree, known, Stop(0), centroids.copy(), engine.MEANS, 0, rows, places, labels, squares)
    return labels, squares


def _iterate(
    engine: ModuleType,
    tree: Any,
    assignment: tuple[int, Any, float, float],
    stop: Stop,
    state: Floats,
    update: int,
    t: int,
    rows: Floats,
    places: Floats,
    labels: Integers = NO_LABELS,
    squares: Floats = NO_SQUARES,
) -> Stretch:
    n_clusters = len(state)
    weights, moments = np.empty(n_clusters), np.empty((n_clusters, tree.rows.shape[1]))
    t, converged = engine.iterate(
        tree, assignment, tuple(stop), state, update, t, rows, places, weights, moments, labels, squares
    )
    return Stretch(t, converged, weights, moments)


def _sharing(engine: ModuleType, assignment: Assignment) -> tuple[int, Any]:
    """Find the engine's own loops for an assignment, or compile its function."""
    if callable(assignment.compiled):
        return engine.CUSTOM, compile_share(assignment.compiled)
    kinds = {
        "hard": engine.HARD,
        "softmax": engine.SOFTMAX,
        "log-sum-exp": engine.LOG_SUM_EXP,
        "entmax-1.5": engine.ENTMAX15,
    }
    return kinds[str(assignment.compiled)], engine.no_share


@cache
def compile_share(share: Callable[[Floats, Floats, Floats], None]) -> Any:
    """Compile a method's own function of a leaf's scores (see `methods`)."""
    import numba

    return numba.cfunc(load().SHARE)(share)
