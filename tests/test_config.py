"""Every way of getting the configuration wrong has its line."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from softkmeans import config as module
from softkmeans import config_schema
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS as REGISTERED
from softkmeans.clustering.temperatures import Temperature
from softkmeans.config import Annealed, Config, ConfigError, Published, SweepConfig, check_readable
from softkmeans.data.catalogue import BENCHMARK, CATALOGUE, dataset_groups, named_datasets
from softkmeans.data.generated import GEOMETRIES
from softkmeans.data.mirrors import Mirror
from softkmeans.data.own import OwnData

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
BASE = """\
seed: 2020
data:
  source: auto
  mirrors:
    - {url: "https://example.org/sipu/", layout: sipu}
    - {url: "file:///data/", layout: gagolews}
  own: {}
solver:
  tolerance: 1e-4
  max_iterations: 300
paper1:
  dataset: s1
  methods: [kmeans, lse, entropy]
  temperature: 1e9
  repeats: 1000
paper2:
  datasets: [s1, s2]
  initialisation: random-points
  starts: 20
  sigmas: {largest: 2, smallest: 0.005, number: 5}
sweep:
  datasets: [s1, birch]
  methods: all
  initialisations: [random-points]
  temperatures: [0.1 Tc, 1e9]
  repeats: 10
  repeats_of: {birch: 5}
  trace: final
  annealed: {methods: [lse], highest: 1.5 Tc, lowest: 0.01 Tc, factor: 0.8, tolerance: 1e-6}
  published: {repeats: 900}
"""
OWN = BASE.replace("own: {}", "own:\n    mine: {path: points.csv, n_clusters: 3, labels: labels.txt}")
# What a value at each of these places gets told.
NATURAL, COUNT, TOLERANCE = "a whole number ≥ 0", "a whole number ≥ 1", "a number ≥ 0"
TEMPERATURE = "a temperature > 0, absolute (1e9) or relative to the critical one (0.2 Tc)"
URL = "an address such as http://host/, https://host/ or file:///folder/"
NAME = "a name of a-z, 0-9, _ and - that starts with a letter or digit and is not a catalogued set's"
FILE = "a file that exists"
DATASETS = "one of: s1, s2, birch1"
METHODS = "one of: kmeans, lse, entropy, maxent"
SET = "a data set or a family"
SETS = "one of: all, birch, s1, s2, birch1"
REPEATS = "a whole number from 1 to 1000000"
SOFT = "a list of methods, at least one of them soft"


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text("x,y\n0,0\n1,0\n2,5\n3,5\n4,9\n")
    Path("labels.txt").write_text("1\n1\n2\n2\n3\n")
    Path("point").mkdir()


def check(config: Mapping[str, Any], *files: Path) -> Config:
    return module.read(
        config,
        files,
        SCHEMA,
        datasets={"s1": (5000, 15), "s2": (5000, 15), "birch1": (100_000, 100)},
        methods=["kmeans", "lse", "entropy", "maxent"],
        initialisations=["random-points", "random-partition"],
        families=["all", "birch"],
    )


def read(*texts: str, **overrides: Any) -> Config:
    """Merge and check files of these texts, and --config, as Snakemake does."""
    files = [Path(name) for name in ("config.yaml", "mine.yaml")[: len(texts)]]
    merged: dict[str, Any] = {}
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
        update_config(merged, load_configfile(file))
    update_config(merged, overrides)
    return check(merged, *files)


def errors(*texts: str, **overrides: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(*texts, **overrides)
    return str(caught.value).splitlines()


def test_reads_every_value() -> None:
    config = read(OWN.replace("s1", "mine").replace("repeats: 1000", "repeats: 1000\n  n_clusters: 4"))
    assert config.seed == 2020
    assert config.data.source == "auto"
    assert config.data.mirrors[1] == Mirror("file:///data/", "gagolews")
    assert config.data.own == {"mine": OwnData(Path("points.csv"), 3, Path("labels.txt"))}
    assert config.solver.tolerance == 1e-4
    assert config.solver.max_iterations == 300
    assert config.paper1.dataset == "mine"
    assert config.paper1.methods == ("kmeans", "lse", "entropy")
    assert config.paper1.temperature == Temperature(1e9)
    assert config.paper1.repeats == 1000
    assert config.paper1.n_clusters == 4
    assert config.paper2.datasets == ("mine", "s2")
    assert config.paper2.initialisation == "random-points"
    assert config.paper2.starts == 20
    np.testing.assert_allclose(config.paper2.sigmas.values(), np.geomspace(2, 0.005, 5))
    assert config.paper2.learning_rate is None
    assert config.sweep == SweepConfig(
        datasets=("mine", "birch"),
        methods=("all",),
        initialisations=("random-points",),
        temperatures=(Temperature(0.1, relative=True), Temperature(1e9)),
        repeats=10,
        repeats_of={"birch": 5},
        trace="final",
        annealed=Annealed(
            ("lse",), Temperature(1.5, relative=True), Temperature(0.01, relative=True), 0.8, 1e-6
        ),
        published=Published(900),
    )


def test_fills_in_defaults() -> None:
    config = read(BASE.replace("  own: {}\n", ""))
    assert config.data.own == {}
    assert config.paper1.n_clusters is None


@pytest.mark.parametrize("overlay", [None, "full", "smoke"])
def test_shipped_configurations_are_valid(overlay: str | None) -> None:
    files = [ROOT / "config.yaml"] + ([ROOT / f"workflow/configs/{overlay}.yaml"] if overlay else [])
    merged: dict[str, Any] = {}
    for file in files:
        update_config(merged, load_configfile(file))
    names = {*CATALOGUE, *GEOMETRIES}
    config = module.read(
        merged,
        files,
        SCHEMA,
        datasets=dict.fromkeys(names, (2000, 2)),
        methods=REGISTERED,
        initialisations=INITIALISATIONS,
        families=dataset_groups(),
    )
    assert config.paper1.dataset == "s1"
    assert len(config.paper2.datasets) == (2 if overlay == "smoke" else 8)
    assert set(named_datasets(config.sweep.datasets)) <= set(BENCHMARK)
    assert len(named_datasets(config.sweep.datasets)) == {None: 6, "full": 27, "smoke": 2}[overlay]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        # Keys: unknown, missing, repeated, not text.
        (
            "seed:",
            "sede:",
            "1: sede: unknown key; did you mean seed? one of: seed, data, solver, paper1, paper2, sweep",
        ),
        (
            "  own: {}",
            "  owm: {}",
            "7: data.owm: unknown key; did you mean own? one of: source, mirrors, own",
        ),
        (
            "tolerance: 1e-4",
            "tolerance: 1e-4\n  zeal: 1",
            "10: solver.zeal: unknown key; one of: tolerance, max_iterations",
        ),
        (
            "layout: sipu}",
            "layout: sipu, Layout: sipu}",
            "5: data.mirrors[0].Layout: unknown key; did you mean layout? one of: url, layout",
        ),
        ("seed", "1", "1: [1]: unknown key; one of: seed, data, solver, paper1, paper2, sweep"),
        ("seed: 2020", "", "1: seed: missing"),
        ("  tolerance: 1e-4\n", "", "8: solver.tolerance: missing"),
        (", layout: gagolews", "", "6: data.mirrors[1].layout: missing"),
        ("own: {}", "own: {mine: {path: points.csv}}", "7: data.own.mine.n_clusters: missing"),
        (
            "  repeats: 1000",
            "  repeats: 1000\n  repeats: 5",
            "16: paper1.repeats: given twice, first on line 15",
        ),
        ("sipu}", "sipu, layout: sipu}", "5: data.mirrors[0].layout: given twice, first on line 5"),
        # Types and limits.
        ("seed: 2020", "seed: -1", f"1: seed: expected {NATURAL}, got -1"),
        ("seed: 2020", "seed: 0.5", f"1: seed: expected {NATURAL}, got 0.5"),
        ("seed: 2020", "seed: true", f"1: seed: expected {NATURAL}, got true"),
        ("seed: 2020", "seed:", f"1: seed: expected {NATURAL}, got nothing"),
        ("seed: 2020", "seed: .inf", f"1: seed: expected {NATURAL}, got inf"),
        ("1e-4", "-1e-4", f"9: solver.tolerance: expected {TOLERANCE}, got '-1e-4'"),
        ("1e-4", ".nan", f"9: solver.tolerance: expected {TOLERANCE}, got nan"),
        ("1e-4", "small", f"9: solver.tolerance: expected {TOLERANCE}, got 'small'"),
        ("300", "0", f"10: solver.max_iterations: expected {COUNT}, got 0"),
        ("1000", "[1000]", f"15: paper1.repeats: expected {COUNT}, got a list"),
        (
            "own: {}",
            "own:",
            "7: data.own: expected a mapping of names to {path, n_clusters, labels}, or {}, got nothing",
        ),
        # Data.
        (
            "auto",
            "dowload",
            "3: data.source: expected auto, download or twin, got 'dowload'; did you mean download?",
        ),
        ("https:", "ftp:", f"5: data.mirrors[0].url: expected {URL}, got 'ftp://example.org/sipu/'"),
        ("https://example.org", "http://", f"5: data.mirrors[0].url: expected {URL}, got 'http:///sipu/'"),
        ("https://example.org", "http://[", f"5: data.mirrors[0].url: expected {URL}, got 'http://[/sipu/'"),
        ("example.org", "a:b", f"5: data.mirrors[0].url: expected {URL}, got 'https://a:b/sipu/'"),
        ("https://example.org/sipu/", "file://", f"5: data.mirrors[0].url: expected {URL}, got 'file://'"),
        (
            "layout: gagolews",
            "layout: Gagolewski",
            "6: data.mirrors[1].layout: expected sipu or gagolews, got 'Gagolewski'; did you mean gagolews?",
        ),
        (
            "own: {}",
            "own: {My set: {path: points.csv, n_clusters: 3}}",
            f"7: data.own.'My set': expected {NAME}, got 'My set'; did you mean my-set?",
        ),
        (
            "own: {}",
            "own: {2020: {path: points.csv, n_clusters: 3}}",
            f'7: data.own[2020]: expected {NAME}, got 2020; did you mean "2020"?',
        ),
        (
            "own: {}",
            "own: {s2: {path: points.csv, n_clusters: 3}}",
            f"7: data.own.s2: expected {NAME}, got 's2'",
        ),
        (
            "own: {}",
            "own: {mine: {path: point.csv, n_clusters: 3}}",
            f"7: data.own.mine.path: expected {FILE}, got 'point.csv'; did you mean points.csv?",
        ),
        (
            "own: {}",
            "own:\n    mine:\n      path: points.csv\n      n_clusters: 3\n      labels: nowhere/at.all",
            f"11: data.own.mine.labels: expected {FILE}, got 'nowhere/at.all'",
        ),
        (  # there is a folder of this name, but none is asked for
            "own: {}",
            "own: {mine: {path: poin, n_clusters: 3}}",
            f"7: data.own.mine.path: expected {FILE}, got 'poin'",
        ),
        (
            "own: {}",
            "own: {mine: {path: points.csv, n_clusters: 0}}",
            f"7: data.own.mine.n_clusters: expected {COUNT}, got 0",
        ),
        (
            "own: {}",
            "own: {mine: {path: points.csv, n_clusters: 6}}",
            "7: data.own.mine.path: points.csv has 5 points: n_clusters 6 is not in 1 … n",
        ),
        (
            "own: {}",
            "own:\n    mine:\n      n_clusters: 2\n      path: points.csv\n      labels: labels.txt",
            "10: data.own.mine.path: labels.txt has 3 different labels where n_clusters is 2",
        ),
        (
            "own: {}",
            "own: {mine: {path: labels.txt, n_clusters: 3, labels: points.csv}}",
            "7: data.own.mine.path: points.csv: 'x,y' is not a label; give one integer a line",
        ),
        # The experiment.
        (
            "s1",
            "brich1",
            f"12: paper1.dataset: expected a data set, got 'brich1'; did you mean birch1? {DATASETS}",
        ),
        ("s1", "iris", f"12: paper1.dataset: expected a data set, got 'iris'; {DATASETS}"),
        ("s1", "S1", f"12: paper1.dataset: expected a data set, got 'S1'; did you mean s1? {DATASETS}"),
        (
            "lse, entropy",
            "lse,\n    entorpy",
            f"14: paper1.methods[2]: expected a method, got 'entorpy'; did you mean entropy? {METHODS}",
        ),
        ("lse, entropy", "lse, lse", "13: paper1.methods[2]: 'lse' is given twice"),
        (
            "[kmeans, lse, entropy]",
            "[]",
            f"13: paper1.methods: expected {SOFT}, got an empty list",
        ),
        (
            "[kmeans, lse, entropy]",
            "kmeans",
            f"13: paper1.methods: expected {SOFT}, got 'kmeans'",
        ),
        ("[kmeans, lse, entropy]", "[kmeans]", f"13: paper1.methods: expected {SOFT}, got a list"),
        ("1e9", "0", f"14: paper1.temperature: expected {TEMPERATURE}, got 0"),
        ("1e9", "-1 Tc", f"14: paper1.temperature: expected {TEMPERATURE}, got '-1 Tc'"),
        (
            "1e9",
            "0.2 T_c",
            f"14: paper1.temperature: expected {TEMPERATURE}, got '0.2 T_c'; did you mean 0.2 Tc?",
        ),
        ("1e9", "warm", f"14: paper1.temperature: expected {TEMPERATURE}, got 'warm'"),
        ("[s1, s2]", "[s1, moons]", f"17: paper2.datasets[1]: expected a data set, got 'moons'; {DATASETS}"),
        ("[s1, s2]", "[s1, s1]", "17: paper2.datasets[1]: 's1' is given twice"),
        ("starts: 20", "starts: 0", "19: paper2.starts: expected a whole number from 1 to 1000, got 0"),
        ("largest: 2", "largest: 0", "20: paper2.sigmas.largest: expected a number > 0, got 0"),
        ("number: 5", "number: 1", "20: paper2.sigmas.number: expected a whole number from 2 to 1000, got 1"),
        (
            "starts: 20",
            "starts: 20\n  learning_rate: -1",
            "20: paper2.learning_rate: expected a number > 0, got -1",
        ),
        ("repeats: 1000", "repeats: 0", f"15: paper1.repeats: expected {COUNT}, got 0"),
        ("repeats: 1000", "repeats: 2e6", "15: paper1.repeats: expected at most 1000000, got '2e6'"),
        ("repeats: 1000", "repeats: 1\n  n_clusters: 0", f"16: paper1.n_clusters: expected {COUNT}, got 0"),
        (
            "repeats: 1000",
            "repeats: 1\n  n_clusters: 5001",
            "16: paper1.n_clusters: expected at most 5000, the points of s1, got 5001",
        ),
        # The sweep.
        (
            "[s1, birch]",
            "[s1, brich]",
            f"22: sweep.datasets[1]: expected {SET}, got 'brich'; did you mean birch? {SETS}",
        ),
        (
            "[s1, birch]",
            "al",
            f"22: sweep.datasets: expected {SET}, got 'al'; did you mean all? {SETS}",
        ),
        (
            "methods: all",
            "methods: [lse, entorpy]",
            "23: sweep.methods[1]: expected a method, got 'entorpy'; did you mean entropy? "
            "one of: all, kmeans, lse, entropy, maxent",
        ),
        (
            "methods: all",
            "methods: []",
            "23: sweep.methods: expected a list of methods, or all, got an empty list",
        ),
        ("methods: all", "methods: 3", "23: sweep.methods: expected a list of methods, or all, got 3"),
        (
            "initialisations: [random-points]",
            "initialisations: random-point",
            "24: sweep.initialisations: expected an initialisation, got 'random-point'; did you mean "
            "random-points? one of: all, random-points, random-partition",
        ),
        ("[0.1 Tc, 1e9]", "[0.1 Tc, -1]", f"25: sweep.temperatures[1]: expected {TEMPERATURE}, got -1"),
        ("[0.1 Tc, 1e9]", "[1 Tc, 1 Tc]", "25: sweep.temperatures[1]: '1 Tc' is given twice"),
        ("repeats: 10\n", "repeats: 0\n", f"26: sweep.repeats: expected {REPEATS}, got 0"),
        (
            "{birch: 5}",
            "{brich: 5}",
            f"27: sweep.repeats_of.brich: expected {SET}, got 'brich'; did you mean birch? {SETS}",
        ),
        ("{birch: 5}", "{birch: 0}", f"27: sweep.repeats_of.birch: expected {REPEATS}, got 0"),
        (
            "trace: final",
            "trace: every",
            "28: sweep.trace: expected all, final or every_N (every_10), got 'every'",
        ),
        (
            "methods: [lse], highest",
            "methods: [kmeans], highest",
            "29: sweep.annealed.methods[0]: expected a soft method, got 'kmeans'",
        ),
        (
            "lowest: 0.01 Tc",
            "lowest: 2 Tc",
            "29: sweep.annealed.lowest: expected no more than highest, got '2 Tc'",
        ),
        (
            "factor: 0.8",
            "factor: 1",
            "29: sweep.annealed.factor: expected a number > 0 and ≤ 0.99, got 1",
        ),
        ("{repeats: 900}", "{repeats: -1}", f"30: sweep.published.repeats: expected {NATURAL}, got -1"),
        (
            "own: {}",
            "own: {birch: {path: points.csv, n_clusters: 3}}",
            f"7: data.own.birch: expected {NAME}, got 'birch'",
        ),
    ],
)
def test_refuses(old: str, new: str, error: str) -> None:
    assert old in BASE
    found = errors(BASE.replace(old, new, 1))
    assert f"config.yaml:{error}" in found
    # Nothing else is wrong, but that a key which is misspelt is missing too.
    assert all(line == f"config.yaml:{error}" or line.endswith(": missing") for line in found)


def test_reports_all_errors_in_the_order_of_the_lines() -> None:
    text = (
        BASE.replace("2020", "-1").replace("auto", "atuo").replace("[kmeans", "[k-means").replace("1000", "0")
    )
    found = errors(text)
    assert [line.split(" ")[:2] for line in found] == [
        ["config.yaml:1:", "seed:"],
        ["config.yaml:3:", "data.source:"],
        ["config.yaml:13:", "paper1.methods[0]:"],
        ["config.yaml:15:", "paper1.repeats:"],
    ]


def test_a_later_file_answers_for_what_it_overrides() -> None:
    overlay = "# quick look\npaper1:\n  methods: [lse, maxnt]\n  repeats: 10\n"
    assert errors(BASE.replace("300", "-300"), overlay) == [
        f"config.yaml:10: solver.max_iterations: expected {COUNT}, got -300",
        f"mine.yaml:3: paper1.methods[1]: expected a method, got 'maxnt'; did you mean maxent? {METHODS}",
    ]


def test_a_later_file_can_mend_and_empty() -> None:
    assert read(BASE.replace("300", "-300"), "solver: {max_iterations: 5}").solver.max_iterations == 5
    assert errors(BASE, "solver:\n") == [
        "mine.yaml:1: solver: expected a mapping with tolerance and max_iterations, got nothing"
    ]


def test_the_command_line_answers_for_what_no_file_holds() -> None:
    assert errors(BASE, seed=-5, sead=1, paper1={"repeats": "none", "methods": ["kmeans", "lse", "foo"]}) == [
        f"--config: paper1.methods[2]: expected a method, got 'foo'; {METHODS}",
        f"--config: paper1.repeats: expected {COUNT}, got 'none'",
        "--config: sead: unknown key; did you mean seed? one of: seed, data, solver, paper1, paper2, sweep",
        f"--config: seed: expected {NATURAL}, got -5",
    ]


def test_a_list_from_the_command_line_is_not_the_files_though_its_start_is() -> None:
    assert errors(BASE, paper1={"methods": ["lse", "lse"]}) == [
        "--config: paper1.methods[1]: 'lse' is given twice"
    ]


def test_json_spells_the_same_numbers() -> None:
    text = '{"seed": -1e9, "paper1": {"n_clusters": 1e9}}'  # floats to JSON, text to YAML
    assert errors(BASE, text) == [
        "mine.yaml:1: paper1.n_clusters: expected at most 5000, the points of s1, got 1000000000.0",
        f"mine.yaml:1: seed: expected {NATURAL}, got -1000000000.0",
    ]


def test_merge_keys_point_at_what_they_merge() -> None:
    text = BASE.replace("repeats: 1000", "repeats: 1000\n  <<: {n_clusters: 0}")
    assert errors(text) == [f"config.yaml:16: paper1.n_clusters: expected {COUNT}, got 0"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "1: expected a mapping of keys to values, it is empty"),
        ("# only this\n", "1: expected a mapping of keys to values, it is empty"),
        ("- seed\n", "1: expected a mapping of keys to values, got a list"),
        ("seed 1\n", "1: expected a mapping of keys to values, got 'seed 1'"),
        ("seed: 1\n\tdata: 2\n", "2: not valid YAML: found character '\\t' that cannot start any token"),
        ("seed: [1\ndata: 2\n", "2: not valid YAML: expected ',' or ']', but got ':'"),
        ("seed: 2020-13-01\n", "1: not valid YAML: month must be in 1..12"),
        ("seed: 1\n---\nseed: 2\n", "2: not valid YAML: but found another document"),
        ("seed: \0", "1: not valid YAML:"),
        ("seed: 1\na: &a [*a]\n", "2: not valid YAML: what begins here holds itself"),
        ("seed: 1\na:\n  - &a {b: [{<<: *a}]}\n", "3: not valid YAML: what begins here holds itself"),
        (b"seed: 1\na: \xff\xfe\n", "2: not text in UTF-8"),
        (None, "1: cannot be read: No such file or directory"),
    ],
)
def test_refuses_what_is_no_mapping(tmp_path: Path, text: str | bytes | None, error: str) -> None:
    file = tmp_path / "config.yaml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        check({}, file)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config.yaml:{error}")
    with pytest.raises(ConfigError) as before:
        check_readable(file)
    assert str(before.value) == str(caught.value)


def test_readable_files_may_hold_anything_and_share_nodes(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("seed: -1\nseed: -1\na: &a [1, 2]\nb: [*a, *a]\n")
    check_readable(file)


@pytest.mark.parametrize("text", ["1e9", " 1E+9 ", "1000000000", 1e9, 10**9])
def test_numbers_may_be_text(text: str | float) -> None:
    solver = {"tolerance": text, "max_iterations": text}
    config = read(BASE, seed=text, solver=solver, paper1={"temperature": text})
    assert (config.seed, config.solver.tolerance, config.solver.max_iterations) == (10**9, 1e9, 10**9)
    assert config.paper1.temperature == Temperature(1e9)
    assert type(config.seed) is int
    assert type(config.solver.tolerance) is float


@pytest.mark.parametrize("text", ["0.2 Tc", "0.2Tc", " 0.2   Tc ", "2e-1 Tc"])
def test_relative_temperatures(text: str) -> None:
    temperature = Temperature.parse(text)
    assert temperature == Temperature(0.2, relative=True)
    assert temperature.absolute(50.0) == pytest.approx(10.0)
    assert Temperature.parse(3).absolute(50.0) == 3.0


@pytest.mark.parametrize(
    "text", ["Tc", "", "0", "-1", "nan", "inf Tc", "1e999", "1e-999", "1 tc", True, None, [1], math.nan]
)
def test_other_things_are_no_temperatures(text: object) -> None:
    with pytest.raises(ValueError, match="temperature"):
        Temperature.parse(text)


def test_own_data_sets_limit_the_clusters_too() -> None:
    assert errors(OWN.replace("s1", "mine").replace("repeats: 1000", "repeats: 1000\n  n_clusters: 6")) == [
        "config.yaml:17: paper1.n_clusters: expected at most 5, the points of mine, got 6"
    ]


def test_large_files_of_own_data_are_left_to_their_job(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("points.csv").write_text("no,points\n" * 9)
    assert "not a number" in errors(OWN)[0]
    monkeypatch.setattr(config_schema, "LARGE", 50)
    assert (
        read(
            OWN.replace("s1", "mine").replace("repeats: 1000", "repeats: 1000\n  n_clusters: 6")
        ).paper1.n_clusters
        == 6
    )


def test_schema_knows_the_soft_methods() -> None:
    methods = yaml.safe_load(SCHEMA.read_text())["properties"]["paper1"]["properties"]["methods"]
    assert methods["contains"]["enum"] == [name for name, method in REGISTERED.items() if method.soft]


def subschemas(schema: Any) -> list[dict[str, Any]]:
    nested = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    found = [each for part in nested for each in subschemas(part)]
    return [schema, *found] if isinstance(schema, dict) else found


def test_schema_is_closed_and_every_demand_is_described() -> None:
    schema = yaml.safe_load(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    for part in subschemas(schema):
        if isinstance(part.get("properties"), dict) and isinstance(part.get("type"), str):
            assert part["additionalProperties"] is False
        if {"type", "enum", "format"} & {key for key, value in part.items() if not isinstance(value, dict)}:
            assert part["description"]


def keys(tree: Any) -> list[str]:
    nested = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [*(tree if isinstance(tree, dict) else []), *(key for part in nested for key in keys(part))]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.binary()
    | st.sampled_from(
        ["s1", "mine", "kmeans", "1e9", "0.2 Tc", "auto", "sipu", "file:///", "points.csv", "."]
    )
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(keys(yaml.safe_load(OWN))) | st.text() | st.integers() | st.none(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a configuration of which a few values are anything, or gone."""
    config: dict[str, Any] = yaml.safe_load(OWN)
    for _ in range(draw(st.integers(1, 3))):
        node: Any = config
        while True:
            steps = list(node) if isinstance(node, dict) else range(len(node))
            if not steps:
                break
            step = draw(st.sampled_from(steps))
            if isinstance(node[step], dict | list) and draw(st.booleans()):
                node = node[step]
                continue
            if draw(st.booleans()):
                node[step] = draw(TREES)
            else:
                del node[step]
            break
    return config


def read_or_refused(config: Mapping[str, Any], text: str) -> None:
    file = Path("fuzz.yaml")
    file.write_text(text, encoding="utf-8")
    try:
        check(config, file)
    except ConfigError as error:
        for line in str(error).split("\n"):
            assert re.match(r"(fuzz\.yaml:\d+|--config): \S+.*: \S|fuzz\.yaml:1: ", line), line


@given(st.dictionaries(st.sampled_from(list(yaml.safe_load(OWN))) | st.text(), TREES) | damaged())
def test_any_values_are_read_or_refused_line_by_line(config: dict[str, Any]) -> None:
    read_or_refused(config, OWN)


@given(st.text(st.characters(codec="utf-8")) | st.text("[]{}&*!<>:?-,#|'\"% \n01a~", max_size=30))
def test_any_file_is_read_or_refused_line_by_line(text: str) -> None:
    read_or_refused(yaml.safe_load(BASE), text)
