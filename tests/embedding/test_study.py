"""Ways to cluster the digits, in small: what is trained, chosen, compared and drawn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import reference
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from softkmeans import tables
from softkmeans.data.bundled import load_digits
from softkmeans.data.obtain import obtain
from softkmeans.embedding import study, training
from softkmeans.embedding.figures import FLOOR, NAMES, Shown, draw
from softkmeans.embedding.gains import gains, paired
from softkmeans.embedding.network import encode, split
from softkmeans.embedding.study import LONGER, RAW, all_tables, choose, compare
from softkmeans.embedding.training import (
    BATCH,
    HARD,
    JOINT,
    Candidate,
    Setting,
    begin,
    cluster,
    draw_batches,
    scaled,
    train,
    train_jointly,
)
from softkmeans.report.style import applied

SETTING = Setting(3, 2, (0.5, 2.0), (0.01, 0.1))


@pytest.fixture(scope="module")
def few():
    """A fifth of the digits."""
    digits = load_digits()
    return replace(digits, points=digits.points[:360], labels=digits.labels[:360])


@pytest.fixture(scope="module")
def start(few):
    return begin(few, 1, 0, 3, 2)


@pytest.fixture(scope="module")
def made(few):
    """All tables, in small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "FEW_EPOCHS", 2)
        return {name: tables.frame(table) for name, table in all_tables(few, 7, 1, 3, SETTING).items()}


def test_the_digits_are_the_bundled_ones():
    data = obtain("digits")
    assert (data.points.shape, data.n_clusters, data.origin.source) == ((1797, 64), 10, "bundled")
    assert (data.points.min(), data.points.max()) == (0, 16)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.caption.startswith("digits, bundled with scikit-learn, sha256 5b547d8a")
    assert scaled(data).max() == 1


def test_an_epoch_sees_each_point_once_but_for_those_left_over():
    batches = draw_batches(2 * BATCH + 5, 3, np.random.default_rng(0))
    assert batches.shape == (6, BATCH)
    epochs = batches.reshape(3, -1)
    assert all(len(set(epoch.tolist())) == 2 * BATCH for epoch in epochs)
    assert (epochs[0] != epochs[1]).any()


def test_training_lowers_the_error(few):
    points, start = scaled(few), begin(few, 1, 0, 40, 20)
    longer = train(start.parameters, points, start.batches)
    assert training.unexplained(longer, points) < training.unexplained(start.parameters, points) < 0.6


def test_clusters_are_the_best_of_several_fixed_points_of_lloyd(few):
    points = few.points
    centroids, labels = cluster(points, 10, 3)
    np.testing.assert_allclose(reference.lloyd(points, centroids), centroids, atol=1e-9)
    squares = ((points[:, None] - centroids) ** 2).sum(axis=2)
    np.testing.assert_array_equal(labels, squares.argmin(axis=1))
    one, _ = min((cluster_once(points, 3 + i) for i in range(10)), key=lambda found: found[1])
    np.testing.assert_allclose(centroids, one, atol=1e-9)


def cluster_once(points, seed):
    from softkmeans import fit

    found = fit(points, 10, method="kmeans", initialisation="kmeans++", seed=seed, tolerance=0)
    return found.centroids, found.objective


@pytest.mark.parametrize("method", JOINT)
def test_without_weight_joint_training_is_that_of_the_autoencoder(few, start, method):
    points, n = scaled(few), len(start.parameters)
    end = train_jointly(points, start, Candidate(method, 0.0, 0.1, 0.01))
    np.testing.assert_array_equal(end[:n], train(start.parameters, points, start.batches))
    np.testing.assert_array_equal(split(end)[1], start.centroids.astype(np.float32))


def test_temperatures_fall_geometrically_or_stay(few, start, monkeypatch):
    given = []
    monkeypatch.setattr(training, "train", lambda parameters, points, batches, terms: given.append(terms))
    candidates = Candidate("joint-softmax-falling", 2.0, 0.1, 0.01), Candidate("joint-entmax15", 1, 0.3, 0.3)
    for candidate in candidates:
        train_jointly(scaled(few), start, candidate)
    falling, same = ([term.temperature / start.critical for term in terms] for terms in given)
    assert len(falling) == len(start.batches) == 4
    np.testing.assert_allclose(falling, 0.1 * 0.1 ** (np.arange(4) / 3))
    np.testing.assert_allclose(same, 0.3)
    assert {term.weight for term in given[0]} == {2.0}
    assert {term.assignment for terms in given for term in terms} == {
        JOINT["joint-softmax"].assignment,
        JOINT["joint-entmax15"].assignment,
    }


def test_candidates_are_every_way_with_every_number():
    assert {(c.method, c.weight, c.first, c.last) for c in SETTING.candidates()} == {
        (method, weight, *span)
        for weight in (0.5, 2.0)
        for method, spans in {
            HARD: [(0, 0)],
            "joint-softmax": [(0.01, 0.01), (0.1, 0.1)],
            "joint-softmax-falling": [(0.1, 0.01)],
            "joint-entmax15": [(0.01, 0.01), (0.1, 0.1)],
            "joint-entmax15-falling": [(0.1, 0.01)],
        }.items()
        for span in spans
    }


def test_the_best_mean_of_the_trials_is_chosen():
    rows = [
        {"method": c.method, "weight": c.weight, "temperature_ratio": c.last, "ari": ari}
        for c in SETTING.candidates()
        for ari in ((0.9, 0.1) if c.weight == 0.5 and c.last != 0.1 else (0.6, 0.5))
    ]
    chosen = {c.method: (c.weight, c.last) for c in choose(pd.DataFrame(rows), SETTING)}
    assert chosen == {
        HARD: (2.0, 0.0),
        "joint-softmax": (0.5, 0.1),
        "joint-softmax-falling": (2.0, 0.01),
        "joint-entmax15": (0.5, 0.1),
        "joint-entmax15-falling": (2.0, 0.01),
    }


def test_the_comparison_is_of_all_ways_from_the_same_seeds(few, made):
    found = made["comparison"]
    assert found["method"].unique().tolist() == list(NAMES)
    assert (found.groupby("method", observed=True)["repeat"].apply(list).map(tuple) == (0, 1, 2)).all()
    chosen = choose(made["trials"], SETTING)
    again = tables.frame(compare(few, 7, 1, SETTING, chosen))
    pd.testing.assert_frame_equal(again, found[found["repeat"] == 0].reset_index(drop=True))
    plain = found[~found["method"].isin(JOINT)]
    assert (plain["ari"] == plain["ari_again"]).all()
    assert found["reconstruction"].isna().tolist() == (found["method"] == RAW).tolist()


def test_what_is_compared_is_the_networks_own_partition(few, start):
    end = train_jointly(scaled(few), start, Candidate("joint-softmax", 2.0, 0.1, 0.1))
    codes, centroids = encode(end, scaled(few)), split(end)[1]
    own = ((codes[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
    found = study.judge(few, start, end)
    assert found["ari"] == pytest.approx(adjusted_rand_score(few.labels, own))
    again = cluster(codes, 10, start.seed)[1]
    assert found["ari_again"] == pytest.approx(adjusted_rand_score(few.labels, again))


def test_trials_and_comparison_have_seeds_of_their_own(made):
    key = ["method", "weight", "temperature_ratio", "repeat"]
    both = made["trials"].merge(made["comparison"], on=key, suffixes=("", "_compared"))
    assert len(both) == len(JOINT)
    assert (both["reconstruction"] != both["reconstruction_compared"]).all()


def test_cold_joint_training_is_hard_joint_training_to_the_last_bit(made):
    limits = made["limits"]
    assert (limits.loc[limits["temperature_ratio"] <= 1e-8, "distance"] == 0).all()
    assert (limits.loc[limits["temperature_ratio"] >= 0.1, "distance"] > 0.01).all()


def test_gains_by_hand():
    differences = np.array([0.1, 0.3, -0.1, 0.2, 0.0])
    half = stats.t.ppf(0.975, 4) * differences.std(ddof=1) / np.sqrt(5)
    found = paired(differences)
    assert found == pytest.approx(
        {"n": 5, "gain": 0.1, "low": 0.1 - half, "high": 0.1 + half, "wins": 3, "losses": 1, "p_value": 0.625}
    )
    assert paired(np.zeros(3)) == {
        "n": 3, "gain": 0, "low": 0, "high": 0, "wins": 0, "losses": 0, "p_value": 1
    }  # fmt: skip


def test_gains_are_paired_by_seed(made):
    table = made["comparison"].sample(frac=1, random_state=0)
    found = gains(table).set_index(["measure", "baseline", "method"])
    assert len(found) == 2 * 3 * 7
    ari = made["comparison"].set_index(["method", "repeat"])["ari_again"]
    expected = (ari[HARD] - ari[LONGER]).mean()
    assert found.loc[("ari_again", LONGER, HARD), "gain"] == pytest.approx(expected)
    assert found.loc[("ari_again", LONGER, HARD), "mean"] == pytest.approx(ari[HARD].mean())
    assert found.loc[("ari_again", HARD, LONGER), "gain"] == pytest.approx(-expected)


@pytest.fixture(scope="module")
def drawn(made):
    with applied():
        shown = Shown(made["comparison"], gains(made["comparison"]), made["limits"])
        return dict(draw(shown, "some digits"))


def test_the_comparison_draws_its_table(made, drawn):
    figure, plotted = drawn["comparison"]
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(NAMES.values())
    found = gains(made["comparison"]).set_index(["measure", "baseline", "method"])
    for place, method in enumerate(NAMES):
        rows = made["comparison"][made["comparison"]["method"] == method].reset_index()
        ours = plotted[plotted["method"] == method].reset_index()
        assert ours["ari"].tolist() == rows["ari"].tolist()
        dots, mean = lines_at(left, place)
        assert dots.get_xdata().tolist() == rows["ari"].tolist()
        assert mean.get_xdata() == pytest.approx([rows["ari"].mean()])
        if method == LONGER:
            assert not lines_at(right, place)
            continue
        dots, span, square, *again = lines_at(right, place)
        assert dots.get_xdata().tolist() == ours["gain"].tolist()
        assert square.get_xdata() == pytest.approx([ours["gain"].mean()])
        own = found.loc[("ari", LONGER, method)]
        assert span.get_xdata().tolist() == [own["low"], own["high"]] == ours.loc[0, ["low", "high"]].tolist()
        assert len(again) == (2 if method in JOINT else 0)
        if again:
            other = found.loc[("ari_again", LONGER, method)]
            assert again[0].get_xdata().tolist() == [other["low"], other["high"]]
            assert again[1].get_xdata().tolist() == [other["gain"]]
            assert ours.loc[0, ["gain_mean_again", "low_again", "high_again"]].tolist() == pytest.approx(
                other[["gain", "low", "high"]].tolist()
            )
    assert "some digits" in figure._supxlabel.get_text()


def lines_at(axes, place):
    """What is drawn in the row of a way, in order."""
    rows = [line for line in axes.lines if line.get_linestyle() != "--"]
    return [line for line in rows if place - 0.3 < np.mean(line.get_ydata()) < place + 0.45]


def test_the_limit_draws_its_table(made, drawn):
    figure, plotted = drawn["limit"]
    (axes,) = figure.axes
    keys = [(method, repeat) for repeat in (0, 1) for method in ("joint-softmax", "joint-entmax15")]
    names = ["softmax, seed 0", "entmax-1.5, seed 0", "softmax, seed 1", "entmax-1.5, seed 1"]
    assert [line.get_label() for line in axes.lines] == names
    for line, (method, repeat) in zip(axes.lines, keys, strict=True):
        rows = made["limits"][(made["limits"]["method"] == method) & (made["limits"]["repeat"] == repeat)]
        assert line.get_xdata().tolist() == rows["temperature_ratio"].tolist()
        assert line.get_ydata().tolist() == rows["distance"].clip(lower=FLOOR).tolist()
    pd.testing.assert_frame_equal(plotted, made["limits"][list(plotted)])
