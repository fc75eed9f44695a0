"""The pipeline by the numpy engine, which is the definition of the methods, beside the compiled one."""

import numpy as np
import pandas as pd
import pytest
import yaml
from driving import new_project, succeed, without_a_mirror

from softkmeans import tables
from softkmeans.tables import KEY

TABLES = ("runs", "trace", "centroids")
STUDIES = ("paper1", "sweep")
REPEATS = {"paper1": 3, "sweep": 1}
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def made(finished_run, tmp_path_factory):
    """Tables of the smoke configuration, of its first repeats alone: by engine, study and name."""
    folder = new_project(tmp_path_factory.mktemp("numpy") / "project")
    config = without_a_mirror() | {"engine": "numpy"}
    for study in STUDIES:
        config[study] |= {"repeats": REPEATS[study]}
    (folder / "overlay.yaml").write_text(yaml.safe_dump(config))
    wanted = [f"results/tables/{study}/{name}.parquet" for study in STUDIES for name in TABLES]
    succeed(folder, "--cores", "2", *wanted)
    found = {}
    for engine, project in (("compiled", finished_run), ("numpy", folder)):
        assert (project / "results/runs/engine.txt").read_text().strip() == engine
        for study in STUDIES:
            for name in TABLES:
                table = tables.frame(tables.read(name, project / f"results/tables/{study}/{name}.parquet"))
                kept = table[table["repeat"] < REPEATS[study]].reset_index(drop=True)
                found[engine, study, name] = kept
    return found


@pytest.mark.parametrize("study", STUDIES)
def test_both_engines_make_the_same_tables(made, study):
    """Runs that stop at the same iteration agree in every number; rounding moves the stop of few runs."""
    one, other = (made[engine, study, "runs"] for engine in ("compiled", "numpy"))
    pd.testing.assert_frame_equal(one[KEY], other[KEY], check_exact=False, rtol=TOLERANCE)
    same = one["n_iterations"] == other["n_iterations"]
    assert same.mean() > 0.95
    kept = pd.MultiIndex.from_frame(one.loc[same, KEY])
    for name in TABLES:
        first, second = (
            frame[pd.MultiIndex.from_frame(frame[KEY]).isin(kept)].reset_index(drop=True)
            for frame in (made[engine, study, name] for engine in ("compiled", "numpy"))
        )
        assert len(first) > 0
        for dataset in first["dataset"].unique():
            agree(*(frame[frame["dataset"] == dataset] for frame in (first, second)))


def agree(one, other):
    """Numbers on one data set agree relative to the largest of their column, everything else exactly."""
    assert list(one) == list(other)
    for column in one:
        a, b = one[column], other[column]
        if pd.api.types.is_float_dtype(a):
            np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * a.abs().max(), err_msg=column)
        else:
            pd.testing.assert_series_equal(a, b)
