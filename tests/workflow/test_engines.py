"""The pipeline by the numpy engine, which is the definition of the methods, and by the compiled one."""

import numpy as np
import pandas as pd
import pytest
import yaml
from driving import SMOKE, new_project, succeed

from softkmeans import tables
from softkmeans.tables import KEY

TABLES = ("runs", "trace", "centroids")
STUDIES = ("paper1", "sweep")
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tables of the smoke configuration, with few repeats: by engine, study and name."""
    found = {}
    for engine in ("compiled", "numpy"):
        folder = new_project(tmp_path_factory.mktemp(engine) / "project")
        config = yaml.safe_load(SMOKE.read_text()) | {"engine": engine}
        config["paper1"] |= {"repeats": 3}
        config["sweep"] |= {"repeats": 1}
        (folder / "overlay.yaml").write_text(yaml.safe_dump(config))
        wanted = [f"results/tables/{study}/{name}.parquet" for study in STUDIES for name in TABLES]
        succeed(folder, "--cores", "2", *wanted)
        assert (folder / "results/runs/engine.txt").read_text().strip() == engine
        for study in STUDIES:
            for name in TABLES:
                file = folder / f"results/tables/{study}/{name}.parquet"
                found[engine, study, name] = tables.frame(tables.read(name, file))
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
        agree(first, second)


def agree(one, other):
    """Numbers agree relative to the largest of their column, everything else exactly."""
    assert list(one) == list(other)
    for column in one:
        a, b = one[column], other[column]
        if pd.api.types.is_float_dtype(a):
            np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * a.abs().max(), err_msg=column)
        else:
            pd.testing.assert_series_equal(a, b)
