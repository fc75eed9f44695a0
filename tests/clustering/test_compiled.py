"""Loading the compiled engine: start-up, the cache, and the same bits on every processor."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import softkmeans
from softkmeans.clustering import compiled

PACKAGE = Path(softkmeans.__file__).parent

#: An engine that compiles in a fraction of a second and labels every point with its constant.
SMALL = """
from typing import NamedTuple
import numpy as np
from numba import cfunc, njit, types
SHARE = types.void(types.float64[:, ::1], types.float64[::1], types.float64[::1])
HARD, LABELS, MEANS, CONSTANT = 0, 1, 2, 3
class Tree(NamedTuple):
    rows: object
@cfunc(SHARE)
def no_share(scores, gain, entropy):
    pass
@njit(cache=True)
def grow(points):
    return Tree(points)
@njit(cache=True)
def iterate(tree, assignment, stop, state, update, t, rows, places, weights, moments, labels, smallest):
    labels[:] = CONSTANT
    return t, True
"""

#: Load the engine twice, and tell for each time the label of three points and how much came from the cache.
LOAD = """
import json
import numpy as np
from softkmeans.clustering import compiled
def loaded():
    points = np.arange(6.0).reshape(3, 2)
    labels, _ = compiled.find_nearest(compiled.grow(points), points)
    engine = compiled.load()
    return [labels.tolist(), sum(sum(f.stats.cache_hits.values()) for f in (engine.grow, engine.iterate))]
first = loaded()
compiled.load.cache_clear()
print(json.dumps([first, loaded()]))
"""
#: What it tells where the engine was compiled and then found, where it was found, and where it is never kept.
COMPILED = [[[3, 3, 3], 0], [[3, 3, 3], 2]]
FOUND = [[[3, 3, 3], 2], [[3, 3, 3], 2]]
NEVER = [[[3, 3, 3], 0], [[3, 3, 3], 0]]

#: Kill the process when it is about to put its n-th file into the cache.
KILL = """
import os, signal
files, replace = iter(range(1, 9)), os.replace
def replace_or_die(*names):
    if next(files) == {n}:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*names)
os.replace = replace_or_die
"""

#: A script that prints digests of everything that runs compute, and how often the engine was compiled.
SOLVE = Path(__file__).with_name("digests.py").read_text()


def start(code, *, package=PACKAGE, **environment):
    """Start Python on some code, with a package and some variables of the environment."""
    variables = {**os.environ, "PYTHONPATH": str(package.parent), **environment}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def result(process):
    """Wait for it to end well and without a word of warning, and return what it printed."""
    printed, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    return json.loads(printed)


@pytest.fixture
def package(tmp_path):
    """Copy the package, with the small engine."""
    copy = shutil.copytree(PACKAGE, tmp_path / "softkmeans", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "clustering" / "engine.py").write_text(SMALL)
    return copy


@pytest.mark.parametrize(
    "command", ["import softkmeans; softkmeans.METHODS", "from softkmeans.cli import main; main(['--help'])"]
)
def test_naming_the_methods_and_asking_for_help_load_no_compiler(command):
    watched = f"import atexit, sys; atexit.register(lambda: print('numba' in sys.modules)); {command}"
    printed, _ = start(watched).communicate()
    assert printed.endswith("False\n")


def test_the_engine_is_compiled_once_for_all_processes():
    compiled.load()
    assert result(start(LOAD)) == [[[0, 1, 2], 2], [[0, 1, 2], 2]]


@pytest.mark.parametrize("variable", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("place", ["a file", "/proc/nowhere"])
def test_without_a_folder_to_write_to_the_engine_is_compiled_with_a_warning(
    package, tmp_path, variable, place
):
    (tmp_path / "a file").touch()
    (tmp_path / "temporary").mkdir()
    environment = {"NUMBA_CACHE_DIR": "", variable: str(tmp_path / place)}
    process = start(LOAD, package=package, TMPDIR=str(tmp_path / "temporary"), **environment)
    printed, errors = process.communicate()
    assert json.loads(printed) == NEVER
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in errors
    assert str(tmp_path / place) in errors
    assert not [*tmp_path.rglob("*.nb?"), *(tmp_path / "temporary").iterdir()]


def test_processes_that_compile_at_once_do_not_disturb_each_other(package, tmp_path):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    together = [start(LOAD, package=package, **cache) for _ in range(3)]
    for process in together:
        (first, _), again = result(process)
        assert first == [3, 3, 3]
        assert again == FOUND[1]
    assert result(start(LOAD, package=package, **cache)) == FOUND


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_process_killed_while_it_writes_leaves_a_cache_that_works(package, tmp_path, n):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    killed = start(KILL.format(n=n) + LOAD, package=package, **cache)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    (first, _), again = result(start(LOAD, package=package, **cache))
    assert first == [3, 3, 3]
    assert again == FOUND[1]


@pytest.mark.parametrize("name", ["engine.grow*.nbi", "engine.iterate*.nbi", "engine.iterate*.nbc"])
def test_a_damaged_cache_is_made_anew(package, tmp_path, name):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert result(start(LOAD, package=package, **cache)) == COMPILED
    (file,) = (tmp_path / "cache").rglob(name)
    content = file.read_bytes()
    for damaged in (b"", content[: len(content) // 2], b"garbage" + content):
        file.write_bytes(damaged)
        assert result(start(LOAD, package=package, **cache)) == COMPILED


def test_a_change_of_the_source_is_never_answered_by_stale_code(package, tmp_path):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    assert result(start(LOAD, package=package, **cache)) == COMPILED
    source = package / "clustering" / "engine.py"
    before = source.stat()
    source.write_text(SMALL.replace("= 0, 1, 2, 3", "= 0, 1, 2, 4"))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (source.stat().st_size, source.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert result(start(LOAD, package=package, **cache)) == [[[4, 4, 4], 0], [[4, 4, 4], 2]]


def test_two_kinds_of_processors_share_a_home(package, tmp_path):
    cache = {"NUMBA_CACHE_DIR": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for expected in (COMPILED, FOUND):
        for cpu in ("", "generic"):
            assert result(start(LOAD, package=package, NUMBA_CPU_NAME=cpu, **cache)) == expected
    assert len(list((tmp_path / "cache" / "softkmeans").iterdir())) == 2


def test_runs_have_the_same_bits_whatever_the_blas_and_the_processor():
    environments = [
        {"OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem", "NUMBA_CPU_NAME": "generic"},
        *([{"NUMBA_CPU_NAME": "haswell"}] if platform.machine() == "x86_64" else []),
    ]
    first, *others = map(result, [start(SOLVE, **environment) for environment in environments])
    assert first[1] == 1
    for found in others:
        assert found == first
