"""The explorer: what its page holds of each run, against the runs themselves."""

import contextlib
import io
import json
import re
from base64 import b64decode

import numpy as np
import pytest
from bokeh.resources import Resources

from softkmeans import tables
from softkmeans.clustering.fit import fit
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.dataset import Dataset, Origin, save
from softkmeans.report.explorer import FRAMES, STEPS, explorer, kept_frames, view
from softkmeans.runs.batch import run_batch
from softkmeans.runs.evaluation import evaluated
from softkmeans.sweep.summary import summarise

SOLVER = {"tolerance": 1e-4, "max_iterations": 300}
LABELS = {"lse": "log-sum-exp"}
STARTS = ["kmeans++", "random-points"]


def blobs(d, name="mine", labelled=True):
    rng = np.random.default_rng(d)
    labels = np.repeat(np.arange(4), 30)
    points = rng.normal(size=(4, d))[labels] * 20 + rng.normal(size=(120, d))
    return Dataset(name, points, 4, labels if labelled else None, Origin("own", "mine.csv", None, "ab"))


def made(data, folder, methods=("kmeans", "lse", "entropy")):
    """The page of some runs, what it holds of the data set, and the table of its runs."""
    options = {"initialisations": STARTS, "temperatures": [Temperature(0.01, True), Temperature(0.2, True)]}
    options |= {"seed": 5, **SOLVER}
    one = [run_batch(data, method=m, repeats=range(1), every_iteration=True, **options) for m in methods]
    every = [run_batch(data, method=m, repeats=range(6), **options) for m in methods]
    paths = {name: folder / f"{name}.parquet" for name in ("runs", "trace", "centroids")}
    for name, path in paths.items():
        tables.write(tables.concatenate(found[name] for found in one), path)
    runs = [evaluated(found["runs"], found["centroids"], data) for found in every]
    summary = summarise(tables.frame(tables.concatenate(runs)))
    page = explorer([data], paths, summary, SOLVER, LABELS)
    (held,) = json.loads(re.search(r'id="shown">(.*?)</script>', page, re.DOTALL)[1])["datasets"]
    return page, held, summary


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """The page of a set in the plane, what it holds, and the summary of its runs."""
    return made(blobs(2), tmp_path_factory.mktemp("mine"))


def places(text, held):
    steps = np.frombuffer(b64decode(text), "<u2").reshape(-1, held["K"], 2)
    return np.array(held["corner"]) + steps / STEPS * held["side"]


def run_of(data, run):
    temperature = run["T"] or None
    return fit(
        data.points, 4, method=run["method"], temperature=temperature, initialisation=run["start"],
        seed=int(run["seed"]), **SOLVER,
    )  # fmt: skip


def test_each_run_is_the_one_that_its_seed_gives_and_each_of_its_iterations_is_drawn(mine):
    data, (_, held, _) = blobs(2), mine
    assert len(held["runs"]) == 2 * (1 + 2 + 2)
    for run in held["runs"]:
        found = run_of(data, run).trace
        drawn = places(held["paths"][run["path"]], held)
        np.testing.assert_allclose(drawn, found.centroids, atol=held["side"] / STEPS)
        assert run["frames"] == found.iteration.tolist()
        values = np.frombuffer(b64decode(run["values"]), "<f4").reshape(-1, 3).T
        for column, name in zip(values, ("objective", "smooth_objective", "entropy"), strict=True):
            np.testing.assert_allclose(column, getattr(found, name), rtol=1e-6)


def test_each_cell_has_the_rate_and_the_index_of_the_summary_with_their_intervals(mine):
    _, held, summary = mine
    for run in held["runs"]:
        (row,) = summary.query(
            "method == @run['method'] and initialisation == @run['start'] and temperature == @run['T']"
        ).to_dict("records")
        assert run["success"] == [row["success"], row["success_low"], row["success_high"]]
        half = 1.96 * row["centroid_index_error"]
        mean = row["centroid_index"]
        np.testing.assert_allclose(run["mean_index"], [mean, mean - half, mean + half])
        assert run["repeats"] == row["n"] == 6


def test_equivalent_methods_share_their_paths(mine):
    _, held, _ = mine
    paths = {(r["method"], r["start"], r["T"]): r["path"] for r in held["runs"]}
    soft = [key for key in paths if key[0] == "lse"]
    assert len(soft) == 4
    assert all(paths[key] == paths["entropy", *key[1:]] for key in soft)
    assert len(held["paths"]) < len(held["runs"])


def test_the_page_asks_for_nothing_and_is_always_the_same(mine, tmp_path):
    page, *_ = mine
    again, *_ = made(blobs(2), tmp_path)
    numbered = re.compile(r'"p\d+"')  # Bokeh counts the models of a process
    assert numbered.sub("", again) == numbered.sub("", page)
    own = page.replace(Resources(mode="inline", components=["bokeh"]).render_js(), "")
    assert len(own) < len(page) - 1e6
    assert not re.search(r"https?:|<link| src=|@import|fetch\(|XMLHttpRequest", own)


def test_methods_have_the_names_that_figures_give_them(mine):
    page, *_ = mine
    assert json.loads(re.search(r'id="shown">(.*?)</script>', page, re.DOTALL)[1])["labels"] == LABELS


def test_the_command_repeats_the_run_that_is_shown(mine, tmp_path, monkeypatch):
    page, held, _ = mine
    save(blobs(2), tmp_path / "results/data/mine.npz")
    run = next(run for run in held["runs"] if run["method"] == "lse")
    template = re.search(r'return `python3 -c "\n(.*?)"`;', page, re.DOTALL)[1]
    values = {"data.name": "mine", "data.K": 4, "T": f"temperature={run['T']!r}, "}
    values |= {f"run.{name}": run[name] for name in ("method", "start", "seed")}
    values |= {f"solver.{name}": value for name, value in SOLVER.items()}
    command = re.sub(r"\$\{(.*?)\}", lambda found: str(values[found[1]]), template)
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(command, {})
    last = np.frombuffer(b64decode(run["values"]), "<f4")[-3:]
    n_iterations, *values = map(float, printed.getvalue().split())
    assert n_iterations == run["frames"][-1]
    np.testing.assert_allclose(values, last, rtol=1e-6)


def test_more_than_two_dimensions_are_seen_in_the_plane_of_most_variance():
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    points = rng.normal(size=(500, 5)) * [9, 5, 1, 1, 1] @ rotation.T
    seen = view(points)
    np.testing.assert_allclose(np.abs(seen.axes.T @ rotation[:, :2]), np.eye(2), atol=0.1)
    assert ((seen.flat(points) > seen.corner) & (seen.flat(points) < seen.corner + seen.side)).all()


@pytest.mark.parametrize("d", [1, 2])
def test_one_or_two_dimensions_are_seen_as_they_are(d):
    points = blobs(d).points
    np.testing.assert_array_equal(view(points).flat(points)[:, :d], points)


def test_without_ground_truth_there_are_no_rates(tmp_path):
    _, held, _ = made(blobs(3, labelled=False), tmp_path, methods=("kmeans",))
    assert held["truth"] is None
    assert {tuple(run["success"]) for run in held["runs"]} == {(None, None, None)}


@pytest.mark.parametrize("n", [1, FRAMES, FRAMES + 1, FRAMES + 5, 301])
def test_the_start_and_the_end_of_a_long_run_are_drawn(n):
    kept = kept_frames(n)
    assert kept == sorted(set(kept))
    assert len(kept) == min(n, FRAMES)
    assert (kept[0], kept[-1]) == (0, n - 1)
