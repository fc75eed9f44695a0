"""Loading and calling the compiled engine. It is compiled when first needed, and kept in the user's cache."""

import os
import shutil
import sys
import tempfile
import warnings
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


@cache
def load() -> ModuleType:
    """Import the engine, ready to be called; it is compiled unless the cache holds it.

    A damaged cache is removed and made again. If the folder cannot be written, a warning is given, and the
    engine is compiled for this process alone.
    """
    folder = cache_folder()
    try:
        return compile_into(folder)
    except OSError as error:
        warnings.warn(
            f"the compiled engine cannot be kept in {folder} ({error.strerror}): every process compiles it"
            " again, in about 15 seconds; set NUMBA_CACHE_DIR to a folder that can be written",
            stacklevel=2,
        )
    except Exception:  # a damaged file may raise anything
        shutil.rmtree(folder, ignore_errors=True)  # another process may be removing it too
        return compile_into(folder)
    with tempfile.TemporaryDirectory() as temporary:
        return compile_into(Path(temporary))


def cache_folder() -> Path:
    """Folder for this source, this version of Numba and this kind of processor.

    It is in `NUMBA_CACHE_DIR` if that is set, else among the user's caches. Its name has a digest of the
    source, so stale code is never loaded, and of the processor, so no code is loaded that cannot run.
    """
    import numba
    from numba.core.registry import cpu_target

    source = Path(__file__).with_name("engine.py").read_bytes()
    target = (numba.__version__, cpu_target.target_context.codegen().magic_tuple())
    given = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(given) if given else user_cache_path("softkmeans")
    return base / f"engine-{sha256(source + repr(target).encode()).hexdigest()[:16]}"


def compile_into(folder: Path) -> ModuleType:
    """Import the engine with a folder for its cache, and compile it or load it from there.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    import numba

    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()  # else Numba would silently use another folder
    settings: Any = numba.config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
    sys.modules.pop("softkmeans.clustering.engine", None)  # left by an attempt that failed
    try:
        import softkmeans.clustering.engine as engine
    finally:
        settings.CACHE_DIR = before
    warm_up(engine)
    return engine


def warm_up(engine: ModuleType) -> None:
    """Run the loops on three points, so that they are compiled before anything is timed."""
    tree = engine.grow(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    known = (engine.HARD, engine.no_share, 0.0, 0.0)
    rows, places = np.full((1, 4), np.nan), np.empty((0, 2, 2))
    _iterate(engine, tree, known, Stop(0), tree.rows[:2].copy(), engine.MEANS, 0, rows, places)


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
    if code is None:  # the caller makes the update, after one pass
        stop = stop._replace(last=t)
        code = engine.MEMBERSHIP_SUMS if state.shape[1] > tree.rows.shape[1] else engine.MEANS
    kind, share = _sharing(engine, assignment)
    known = (kind, share, temperature, assignment.reach)
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
    """Compile a method's own function of a leaf's scores (see `Assignment.compiled`)."""
    import numba

    settings: Any = numba.config
    return share if settings.DISABLE_JIT else numba.cfunc(load().SHARE)(share)
