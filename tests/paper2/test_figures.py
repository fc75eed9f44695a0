"""Figures of paper 2: what is drawn is what their CSV says, and that is what the tables say.

The tables are made up, of values that all differ, so that no column can pass for another.
"""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from softkmeans import tables
from softkmeans.arrays import standardise
from softkmeans.data.dataset import Dataset, Origin
from softkmeans.paper2.figures import FIGURES, SETS, draw
from softkmeans.paper2.plane import NEAREST
from softkmeans.paper2.shown import FLOOR
from softkmeans.report.style import RED, applied, save_all

#: K of each data set; all are made up, in three dimensions.
CLUSTERS = {"unbalance": 3, "s1": 7, "a1": 11}
METHODS = {"rbf-softmax": "softmax", "rbf-entmax15": "entmax-1.5"}
STARTS = 4
SIGMAS = np.geomspace(2, 0.01, 9)

#: σ that all starts are run at.
SHARED = SIGMAS[::2]


def data(source="real"):
    rng = np.random.default_rng(1)
    origin = Origin(source, None, None, "0" * 64)
    return [Dataset(name, rng.normal(3, 2, (40, 3)), k, None, origin) for name, k in CLUSTERS.items()]


def collapse(rng):
    """Mean discrepancies fall with σ, but for a rise at some σ; some are exactly 0."""
    rows = []
    for name, k in CLUSTERS.items():
        for method in METHODS:
            for repeat in range(STARTS):
                for i, sigma in enumerate(SIGMAS if repeat == 0 else SHARED):
                    height = 0.0 if sigma < 0.02 else sigma ** (-0.5 if i in (3, 4) else 2)
                    for cluster in range(k):
                        value = height * rng.uniform(0.9, 1.1)
                        rows.append((name, method, sigma, repeat, cluster, value, rng.uniform(1e-7, 3)))
    names = ["dataset", "method", "sigma", "repeat", "cluster", "discrepancy", "trajectory"]
    table = pd.DataFrame(rows, columns=names).assign(error=1e-9)
    of_run = table.groupby(names[:4])["trajectory"].transform("first")
    return table.assign(trajectory=of_run)


def sets(name, method, sigma, places, **more):
    key = {"dataset": name, "method": method, "sigma": sigma, "n_clusters": places.shape[1]} | more
    return pd.DataFrame(key | {"coordinates": list(places.reshape(len(places), -1))})


def made_up():
    rng = np.random.default_rng(0)
    paths, iterates, exactness, rates, falls, gaps, stability = ([] for _ in range(7))
    for name, k in CLUSTERS.items():
        paths += [sets(name, method, np.sort(SIGMAS), rng.normal(size=(9, k, 3))) for method in METHODS]
        paths += [sets(name, method, 0.0, rng.normal(size=(1, k, 3))) for method in ("start", "kmeans")]
        start = rng.normal(size=(1, k, 3))
        for method, sigmas in {"kmeans": [0.0], **{soft: [0.5, 0.05, 0.1] for soft in METHODS}}.items():
            for sigma in sigmas:
                n = rng.integers(3, 7)
                ways = np.concatenate([start, rng.normal(size=(n, k, 3))])
                iterates.append(sets(name, method, sigma, ways, iteration=np.arange(n + 1)))
        margins = rng.uniform(0.01, 0.1, STARTS)
        wide = {"dataset": name, "repeat": np.arange(STARTS), "margin": margins}
        exactness.append(wide | {"predicted_sigma": np.sqrt(margins) / 2, "exact_sigma": margins})
        for repeat in range(2):
            margin = rng.uniform(0.01, 1, k)
            near = np.where(np.arange(k) == repeat, 2 * margin, margin)
            for temperature in (0.1, 0.2):
                measured = {"margin": margin, "near_margin": near, "slope": -1.01 * margin}
                key = {"dataset": name, "repeat": repeat, "cluster": np.arange(k), "temperature": temperature}
                rates.append(key | measured | {"log_discrepancy": rng.normal(size=k)})
        ratio = np.array([0.5, 1.0, 1.01, 1.1, 1.5, 2.0])
        fall = np.where(ratio > 1, rng.uniform(1e-6, 1e-3, 6), 0)
        falls.append({"dataset": name, "ratio": ratio, "discrepancy": fall})
        columns = ("weighted", "weighted_bound", "free", "free_bound")
        values = {column: rng.uniform(1, 100, 5) for column in columns}
        gaps.append({"dataset": name, "sigma": np.geomspace(1, 1e-3, 5)} | values)
        for how in ("softmax, no shift", "softmax", "entmax-1.5"):
            for precision in ("float64", "float32"):
                sigma = np.geomspace(2, 1e-8, 60)
                lost = rng.integers(10, 50)
                broken = how == "softmax, no shift"
                share = np.where(np.arange(60) >= lost, 0.5, 0) * broken
                steep = np.where((np.arange(60) >= lost) & (not broken), 0.0, 0.2)
                key = {"dataset": name, "map": how, "precision": precision, "sigma": sigma}
                stability.append(key | {"nan_share": share, "steepest": steep})
    found = {"collapse": collapse(rng), "paths": pd.concat(paths), "iterates": pd.concat(iterates)}
    frames = {"exactness": exactness, "rates": rates, "falls": falls, "gaps": gaps, "stability": stability}
    found |= {name: pd.concat(map(pd.DataFrame, parts)) for name, parts in frames.items()}
    return {name: table.reset_index(drop=True) for name, table in found.items()}


@pytest.fixture(scope="module")
def found():
    return made_up()


@pytest.fixture(scope="module")
def drawn(found):
    with applied():
        return dict(draw(FIGURES, data(), found))


def panel(figure, title, number=0):
    return [axes for axes in figure.axes if axes.get_title() == title][number]


def line(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def assert_line(drawn_line, x, y):
    np.testing.assert_allclose(drawn_line.get_xdata(), x, rtol=1e-12)
    np.testing.assert_allclose(drawn_line.get_ydata(), y, rtol=1e-12)


def rows_of(table, **wanted):
    """Rows of a frame in which columns have certain values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def single(found, dataset, method, protocol):
    """σ -> d_j of the protocol's starts, (starts, K), as plain loops over the table's rows give them."""
    rows = rows_of(found["collapse"], dataset=dataset, method=method)
    starts = range(1) if protocol == "sigma-wise" else range(STARTS)
    sigmas = SIGMAS if protocol == "sigma-wise" else SHARED
    return {
        sigma: np.array([rows_of(rows, sigma=sigma, repeat=r)["discrepancy"].to_numpy() for r in starts])
        for sigma in sigmas
    }


def exact(found, dataset, protocol):
    """√Δ/2 of the protocol's least margin."""
    margins = rows_of(found["exactness"], dataset=dataset)["margin"]
    return np.sqrt(margins.iloc[0] if protocol == "sigma-wise" else margins.min()) / 2


PROTOCOLS = {"sigma-wise": "one start", "initialisation-wise": f"{STARTS} starts"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", METHODS)
def test_fig1_has_the_mean_of_each_data_set_and_marks_where_it_rises(found, drawn, method, protocol):
    figure, plotted = drawn["fig1"]
    axes = panel(figure, f"{METHODS[method]}, {protocol}: {PROTOCOLS[protocol]}")
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert line(axes, "_child4").get_xdata() == [1, 1]
    risen = []
    for i, dataset in enumerate(CLUSTERS):
        values = single(found, dataset, method, protocol)
        x = np.array(list(values)) / exact(found, dataset, protocol)
        mean = np.array([value.mean() for value in values.values()])
        curve = line(axes, dataset)
        assert_line(curve, x, np.maximum(mean, NEAREST))
        assert (curve.get_color(), curve.get_marker()) == SETS[i]
        risen += [(x[t], mean[t]) for t in range(1, len(x)) if mean[t] > mean[t - 1] + 2e-9]
        here = rows_of(plotted, dataset=dataset, method=method, protocol=protocol)
        np.testing.assert_array_equal(here["sigma"], list(values))
        np.testing.assert_array_equal(here["ratio"], curve.get_xdata())
        np.testing.assert_array_equal(np.maximum(here["mean"], NEAREST), curve.get_ydata())
        np.testing.assert_array_equal(here["rises"], np.append(False, np.diff(mean) > 0))
    marks = line(axes, "rises")
    assert len(risen) >= 3
    assert_line(marks, *np.transpose(risen))
    assert marks.get_marker() == "^"


def test_fig1_has_a_row_a_method_and_a_column_a_protocol(drawn):
    figure, plotted = drawn["fig1"]
    assert [axes.get_title().split(":")[0] for axes in figure.axes] == [
        f"{name}, {protocol}" for name in METHODS.values() for protocol in PROTOCOLS
    ]
    assert {axes.get_xlabel() for axes in figure.axes[2:]} == {"σ/(√Δ/2)"}
    assert {axes.get_ylabel() for axes in figure.axes[::2]} == {"mean $d_j$"}
    assert list(plotted) == ["protocol", "dataset", "method", "sigma", "ratio", "mean", "rises"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("dataset", CLUSTERS)
def test_a_panel_has_means_and_quartiles_of_centroids_or_starts(found, drawn, dataset, protocol):
    figure, plotted = drawn["fig1-panels"]
    axes = panel(figure, dataset, list(PROTOCOLS).index(protocol))
    assert axes.lines[-1].get_xdata() == pytest.approx([exact(found, dataset, protocol)] * 2)
    for (method, name), band in zip(METHODS.items(), axes.collections, strict=True):
        values = single(found, dataset, method, protocol)
        mean = np.array([value.mean() for value in values.values()])
        assert_line(line(axes, name), list(values), np.maximum(mean, FLOOR))
        spread = [v[0] if protocol == "sigma-wise" else v.mean(axis=1) for v in values.values()]
        ends = np.array([np.percentile(one, [25, 75]) for one in spread])
        vertices = band.get_paths()[0].vertices
        for sigma, (low, high) in zip(values, np.maximum(ends, FLOOR), strict=True):
            at = vertices[np.isclose(vertices[:, 0], sigma), 1]
            assert (at.min(), at.max()) == pytest.approx((low, high))
        here = rows_of(plotted, dataset=dataset, method=method, protocol=protocol)
        np.testing.assert_allclose(here[["mean", "lower", "upper"]], np.column_stack([mean, ends]))


@pytest.mark.parametrize(("figure", "method"), [("fig2", "rbf-softmax"), ("fig2-entmax", "rbf-entmax15")])
@pytest.mark.parametrize("dataset", CLUSTERS)
def test_fig2_has_the_iterates_from_the_start_to_the_end(found, drawn, figure, method, dataset):
    """All centroids of the set of 3, four of those of 7 and of 11."""
    figure, plotted = drawn[figure]
    place = panel(figure, dataset)
    beneath = figure.axes[figure.axes.index(place) + 4]
    assert place.get_aspect() == 1
    assert beneath.get_xlabel() == "iteration"
    assert beneath.get_yscale() == "log"
    table = rows_of(found["iterates"], dataset=dataset)
    lloyd = tables.sets(rows_of(table, method="kmeans"))
    moved = np.linalg.norm(lloyd[-1] - lloyd[0], axis=1)
    chosen = range(3) if dataset == "unbalance" else sorted(np.argsort(moved)[-4:])
    drawn_lines, distances = list(place.lines), list(beneath.lines)
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.88, 3))
    soft = rows_of(table, method=method)
    runs = [(sigma, rows_of(soft, sigma=sigma)) for sigma in (0.5, 0.1, 0.05)]
    runs.append((0.0, rows_of(table, method="kmeans")))
    for i, (sigma, run) in enumerate(runs):
        ways, here = tables.sets(run), rows_of(plotted, dataset=dataset, sigma=sigma)
        for cluster in chosen:
            path = drawn_lines.pop(0)
            assert_line(path, *ways[:, cluster, :2].T)
            values = rows_of(here, cluster=cluster)
            assert_line(path, values["x1"], values["x2"])
            assert values["iteration"].tolist() == list(range(len(ways)))
            if sigma:
                assert to_rgba(path.get_color()) == tuple(shades[i])
            else:
                assert path.get_linestyle() == ":"
                first = drawn_lines.pop(0)
                assert first.get_marker() == "o"
                assert_line(first, *lloyd[0, cluster, :2, None])
            last = drawn_lines.pop(0)
            assert last.get_marker() == ("o" if sigma else "*")
            assert_line(last, *ways[-1, cluster, :2, None])
        distance = np.linalg.norm(ways - lloyd[-1], axis=2).mean(axis=1)
        curve = distances.pop(0)
        assert_line(curve, np.arange(len(ways)), np.maximum(distance, NEAREST))
        assert to_rgba(curve.get_color()) == to_rgba(drawn_color(sigma, shades, i))
        np.testing.assert_allclose(here["distance"], np.repeat(distance, len(chosen)))
    assert all(len(rest.get_xdata()) == 0 for rest in drawn_lines)  # of the legend
    assert not distances
    assert set(plotted["method"]) == {method, "kmeans"}


def drawn_color(sigma, shades, i):
    return shades[i] if sigma else "k"


def test_fig2_names_its_sigmas(drawn):
    labels = [text.get_text() for text in drawn["fig2"][0].legends[0].get_texts()]
    assert labels[:3] == ["σ = 0.5", "σ = 0.1", "σ = 0.05"]
    handles = drawn["fig2"][0].legends[0].legend_handles
    colours = [to_rgba(handle.get_color()) for handle in handles[:3]]
    assert colours == [tuple(shade) for shade in mpl.colormaps["viridis"](np.linspace(0, 0.88, 3))]


def test_paths_join_the_fixed_points_of_sets_that_are_not_too_many(found, drawn):
    figure, plotted = drawn["fixed-points"]
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == ["unbalance", "s1"]
    for dataset in ("unbalance", "s1"):
        lines, rows = list(panel(figure, dataset).lines), rows_of(found["paths"], dataset=dataset)
        for method, name in METHODS.items():
            falling = tables.sets(rows_of(rows, method=method).sort_values("sigma", ascending=False))
            for cluster in range(CLUSTERS[dataset]):
                path = lines.pop(0)
                assert path.get_label() == name
                assert_line(path, *falling[:, cluster, :2].T)
                values = rows_of(plotted, dataset=dataset, method=method, cluster=cluster)
                assert_line(path, values["x1"], values["x2"])
                np.testing.assert_array_equal(values["sigma"], SIGMAS)
        for method, marker in (("start", "o"), ("kmeans", "*")):
            marks = lines.pop(0)
            assert marks.get_marker() == marker
            assert_line(marks, *tables.sets(rows_of(rows, method=method))[0, :, :2].T)
            values = rows_of(plotted, dataset=dataset, method=method)
            assert_line(marks, values["x1"], values["x2"])


def test_where_every_set_has_many_clusters_all_are_drawn(found):
    sets_of_many = [one for one in data() if one.name == "a1"]
    with applied():
        figure, _ = dict(draw(["fixed-points"], sets_of_many, found))["fixed-points"]
    assert figure.axes[0].get_title() == "a1"


@pytest.mark.parametrize("name", ["fig2", "fixed-points"])
def test_the_data_are_below_in_their_first_two_coordinates(drawn, name):
    for one in data()[:2]:
        dots = panel(drawn[name][0], one.name).collections[0].get_offsets()
        np.testing.assert_allclose(dots, standardise(one.points)[:, :2])


def test_rates_are_over_their_margins(found, drawn):
    figure, plotted = drawn["rates"]
    for dataset, k in CLUSTERS.items():
        axes, rows = panel(figure, dataset), rows_of(found["rates"], dataset=dataset, temperature=0.1)
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert_line(line(axes, "at Δ*$_j$"), rows["margin"], -rows["slope"])
        other = rows[rows["repeat"] == rows["cluster"]]
        assert_line(line(axes, "at Δ$_j$, if that differs"), other["near_margin"], -other["slope"])
        assert axes.texts[0].get_text() == "rate/Δ*$_j$:\n1.010–1.010"
        diagonal = axes.lines[-1]
        assert diagonal.get_xy1()[0] == diagonal.get_xy1()[1] != diagonal.get_xy2()[0]
        assert diagonal.get_xy2()[0] == diagonal.get_xy2()[1]
        here = rows_of(plotted, dataset=dataset)
        assert len(here) == 2 * k
        for column in ("repeat", "cluster", "margin", "near_margin", "slope"):
            np.testing.assert_array_equal(here[column], rows[column])
        assert axes.get_xlabel() == "Δ*$_j$, or Δ$_j$ (×)"


def test_falls_are_beside_a_square_and_exactly_0_below(found, drawn):
    figure, plotted = drawn["falls"]
    pd.testing.assert_frame_equal(plotted, found["falls"])
    for dataset in CLUSTERS:
        axes, rows = panel(figure, dataset), rows_of(found["falls"], dataset=dataset)
        over = rows["ratio"].to_numpy() - 1
        assert_line(line(axes, "largest $d_j$"), over, np.maximum(rows["discrepancy"], FLOOR))
        square = line(axes, "a square")
        first = rows["discrepancy"].to_numpy()[over > 0][0]
        assert_line(square, over[over > 0], first * (over[over > 0] / 0.01) ** 2)
    axes = figure.axes[0]
    assert (axes.get_yticks()[0], axes.get_yticklabels()[0].get_text()) == (FLOOR, "0")


@pytest.mark.parametrize("margin", [0.0, np.inf], ids=["a tie", "one cluster"])
def test_without_a_margin_nothing_is_drawn_in_units_of_it(found, margin):
    """Of the set with the tie there are no falls, and no ratio to √Δ/2."""
    exactness, falls = found["exactness"], found["falls"]
    tied = exactness["dataset"] == "s1"
    planted = found | {
        "exactness": exactness.assign(predicted_sigma=exactness["predicted_sigma"].mask(tied, margin)),
        "falls": falls[falls["dataset"] != "s1"],
    }
    with applied():
        for name, (figure, plotted) in draw(["fig1", "falls"], data(), planted):
            figure.draw_without_rendering()
            here = plotted[plotted["dataset"] == "s1"]
            assert len(here) == 0 if name == "falls" else here["ratio"].isna().all()
            assert plotted["dataset"].nunique() == (2 if name == "falls" else 3)


def test_gaps_are_beside_their_bounds(found, drawn):
    figure, plotted = drawn["gamma"]
    pd.testing.assert_frame_equal(plotted, found["gaps"])
    for dataset in CLUSTERS:
        axes, rows = panel(figure, dataset), rows_of(found["gaps"], dataset=dataset)
        assert axes.get_xscale() == axes.get_yscale() == "log"
        names = [one.get_label() for one in axes.lines]
        assert names == ["$|L_σ − J|$", "its bound", "$|F_σ − J|$", "its bound"]
        columns = ("weighted", "weighted_bound", "free", "free_bound")
        for column, curve in zip(columns, axes.lines, strict=True):
            assert_line(curve, 2 * rows["sigma"] ** 2, rows[column])
        colours = [curve.get_color() for curve in axes.lines]
        assert colours[0] == colours[1] != colours[2] == colours[3]


def test_trajectories_have_a_line_a_start_and_their_median_where_all_were_run(found, drawn):
    figure, plotted = drawn["trajectories"]
    for dataset in CLUSTERS:
        axes = panel(figure, dataset)
        curves = list(axes.lines)
        for method, name in METHODS.items():
            rows = rows_of(found["collapse"], dataset=dataset, method=method, cluster=0)
            x = np.sort(SHARED)
            each = [rows_of(rows, repeat=r).set_index("sigma")["trajectory"].loc[x] for r in range(STARTS)]
            for values in each:
                assert_line(curves.pop(0), x, values)
            median = curves.pop(0)
            assert median.get_label() == name
            assert_line(median, x, np.median(each, axis=0))
            here = rows_of(plotted, dataset=dataset, method=method)
            assert len(here) == STARTS * len(SHARED)
            for r, values in enumerate(each):
                csv = rows_of(here, repeat=r).set_index("sigma")["trajectory"].loc[x]
                np.testing.assert_array_equal(csv, values)


def test_stability_has_a_bar_from_the_first_sigma_for_each_set_and_precision(found, drawn):
    figure, plotted = drawn["stability"]
    left, right = figure.axes
    table = found["stability"]
    assert [axes.get_title() for axes in figure.axes] == [
        "some responsibility is NaN",
        "every derivative is exactly 0",
    ]
    assert [text.get_text() for text in left.get_yticklabels()] == list(CLUSTERS)
    expected = {
        left: [("softmax, no shift", "softmax as written")],
        right: [("softmax", "softmax, shifted"), ("entmax-1.5", "entmax-1.5")],
    }
    for axes, maps in expected.items():
        assert axes.get_xscale() == "log"
        bars = iter(axes.containers)
        texts = iter(axes.texts)
        for how, label in maps:
            for precision in ("float64", "float32"):
                container = next(bars)
                assert container.get_label() == f"{label}, {precision}"
                for i, (bar, dataset) in enumerate(zip(container, CLUSTERS, strict=True)):
                    rows = rows_of(table, dataset=dataset, map=how, precision=precision)
                    wrong = rows["nan_share"] > 0 if axes is left else rows["steepest"] == 0
                    sigma = rows.loc[wrong, "sigma"].max()
                    assert bar.get_x() + bar.get_width() == pytest.approx(sigma)
                    assert bar.get_x() == table["sigma"].min()
                    assert abs(bar.get_y() + bar.get_height() / 2 - i) < 0.4
                    assert bool(bar.get_hatch()) == (precision == "float32")
                    assert next(texts).get_text() == f"{sigma:.2g}"
                    column = "first_nan_sigma" if axes is left else "first_zero_gradient_sigma"
                    csv = rows_of(plotted, dataset=dataset, map=how, precision=precision)[column]
                    assert csv.item() == sigma
        assert next(bars, None) is None


def test_pages_are_7_inches_wide_and_no_text_is_below_6_points(drawn):
    for name, (figure, _) in drawn.items():
        assert figure.get_figwidth() == 7, name
        figure.draw_without_rendering()
        sizes = {t.get_fontsize() for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()}
        assert min(sizes) >= 6, name


def test_figures_are_drawn_to_the_same_bytes(found, tmp_path):
    first = {name: rows_of(table, dataset="unbalance") for name, table in found.items()}
    some = ("fig2", "rates")
    for folder in ("a", "b"):
        with applied():
            save_all(draw(some, data()[:1], first), tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == sorted(f"{name}.{suffix}" for name in some for suffix in ("csv", "pdf", "png"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("source", ["real", "twin"])
def test_what_the_data_are_is_at_the_foot_of_each_figure_in_red_for_twins(found, source):
    with applied():
        for name, (figure, plotted) in draw(FIGURES, data(source), found):
            foot = figure._supxlabel
            assert (to_rgba(foot.get_color()) == to_rgba(RED)) == (source == "twin"), name
            text, drawn = foot.get_text().replace("\n", " "), set(plotted["dataset"])
            for one in data(source):
                assert (one.caption in text) == (one.name in drawn), name
