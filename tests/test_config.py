"""Every way of getting the configuration wrong has its file, line and key."""

import json
import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from softkmeans import config as module
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.temperatures import Temperature
from softkmeans.data.catalogue import BENCHMARK, named_datasets
from softkmeans.data.mirrors import Mirror
from softkmeans.data.own import OwnData
from softkmeans.errors import ConfigError

ROOT = Path(__file__).parent.parent
SHIPPED = {name: ROOT / "workflow/configs" / f"{name}.yaml" for name in ("full", "smoke")}
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
  centroids: 10
  annealed: {methods: [lse], highest: 1.5 Tc, lowest: 0.01 Tc, factor: 0.8, tolerance: 1e-6, repeats: 50}
  published: {repeats: 900}
  phases: {factor: 0.9, tolerance: 1e-4, max_iterations: 2000, repeats: 2}
contest:
  datasets: [a, s1]
  repeats: 20
  repeats_of: {a: 5}
  budget: 1.5
  factor: 0.7
  lowest: 0.01
  tolerance: 0.03
embedding: {repeats: 20, trials: 3, pretraining: 90, epochs: 40, weights: [0.1, 1], temperatures: [0.01]}
"""
OWN = BASE.replace("own: {}", "own:\n    mine: {path: points.csv, n_clusters: 3, labels: labels.txt}")

#: What BASE says → what is written instead → the refused line and key → the nearest spelling, if any.
REFUSED = """
seed: → sede: → 1: sede → seed
  own: {} →   owm: {} → 7: data.owm → own
tolerance: 1e-4 → tolerance: 1e-4|  zeal: 1 → 10: solver.zeal
layout: sipu} → layout: sipu, Layout: sipu} → 5: data.mirrors[0].Layout → layout
seed → 1 → 1: [1]
seed: 2020 →  → 1: seed
  tolerance: 1e-4| →  → 8: solver.tolerance
, layout: gagolews →  → 6: data.mirrors[1].layout
own: {} → own: {mine: {path: points.csv}} → 7: data.own.mine.n_clusters
  repeats: 1000 →   repeats: 1000|  repeats: 5 → 16: paper1.repeats
sipu} → sipu, layout: sipu} → 5: data.mirrors[0].layout

seed: 2020 → seed: -1 → 1: seed
seed: 2020 → seed: 0.5 → 1: seed
seed: 2020 → seed: true → 1: seed
seed: 2020 → seed: → 1: seed
seed: 2020 → seed: .inf → 1: seed
seed: 2020 → engine: compild → 1: engine → compiled
1e-4 → -1e-4 → 9: solver.tolerance
1e-4 → .nan → 9: solver.tolerance
1e-4 → small → 9: solver.tolerance
1e-4 → １e-4 → 9: solver.tolerance
300 → 0 → 10: solver.max_iterations
300 → ３００ → 10: solver.max_iterations
1000 → [1000] → 15: paper1.repeats
own: {} → own: → 7: data.own

auto → dowload → 3: data.source → download
https: → ftp: → 5: data.mirrors[0].url
https://example.org → http:// → 5: data.mirrors[0].url
https://example.org → http://[ → 5: data.mirrors[0].url
example.org → a:b → 5: data.mirrors[0].url
https://example.org/sipu/ → file:// → 5: data.mirrors[0].url
layout: gagolews → layout: Gagolewski → 6: data.mirrors[1].layout → gagolews
own: {} → own: {My set: {path: points.csv, n_clusters: 3}} → 7: data.own.'My set'
own: {} → own: {2020: {path: points.csv, n_clusters: 3}} → 7: data.own[2020]
own: {} → own: {s2: {path: points.csv, n_clusters: 3}} → 7: data.own.s2
own: {} → own: {digits: {path: points.csv, n_clusters: 3}} → 7: data.own.digits
own: {} → own: {birch: {path: points.csv, n_clusters: 3}} → 7: data.own.birch
own: {} → own: {mine: {path: point.csv, n_clusters: 3}} → 7: data.own.mine.path → points.csv
own: {} → own:|   mine:|    path: points.csv|    n_clusters: 3|    labels: no/where → 11: data.own.mine.labels
own: {} → own: {mine: {path: poin, n_clusters: 3}} → 7: data.own.mine.path
own: {} → own: {mine: {path: points.csv, n_clusters: 0}} → 7: data.own.mine.n_clusters
own: {} → own: {mine: {path: points.csv, n_clusters: 6}} → 7: data.own.mine.path
own: {} → own: {mine: {path: points.csv, n_clusters: 3, labels: yy}} → 7: data.own.mine.labels → y
own: {} → own: {mine: {path: points.csv, n_clusters: 3, columns: [x, z]}} → 7: data.own.mine.columns
own: {} → own: {mine: {path: points.csv, n_clusters: 3, columns: []}} → 7: data.own.mine.columns
own: {} → own: {mine: {path: points.csv, n_clusters: 3, header: 2}} → 7: data.own.mine.header
own: {} → own:|   mine:|    n_clusters: 2|    path: points.csv|    labels: labels.txt → 10: data.own.mine.path
own: {} → own: {mine: {path: labels.txt, n_clusters: 3, labels: points.csv}} → 7: data.own.mine.path

s1 → brich1 → 12: paper1.dataset → birch1
s1 → iris → 12: paper1.dataset
s1 → S1 → 12: paper1.dataset → s1
lse, entropy → lse,|    entorpy → 14: paper1.methods[2] → entropy
lse, entropy → lse, lse → 13: paper1.methods[2]
[kmeans, lse, entropy] → [] → 13: paper1.methods
[kmeans, lse, entropy] → kmeans → 13: paper1.methods
[kmeans, lse, entropy] → [kmeans] → 13: paper1.methods
1e9 → 0 → 14: paper1.temperature
1e9 → １e9 → 14: paper1.temperature
1e9 → -1 Tc → 14: paper1.temperature
1e9 → 0.2 T_c → 14: paper1.temperature
1e9 → warm → 14: paper1.temperature
repeats: 1000 → repeats: 0 → 15: paper1.repeats
repeats: 1000 → repeats: 2e6 → 15: paper1.repeats
repeats: 1000 → repeats: 1|  n_clusters: 0 → 16: paper1.n_clusters
repeats: 1000 → repeats: 1|  n_clusters: 5001 → 16: paper1.n_clusters
[s1, s2] → [s1, moon] → 17: paper2.datasets[1] → moons
[s1, s2] → [s1, s1] → 17: paper2.datasets[1]
starts: 20 → starts: 0 → 19: paper2.starts
starts: 20 → starts: 20|  learning_rate: -1 → 20: paper2.learning_rate
largest: 2 → largest: 0 → 20: paper2.sigmas.largest
largest: 2 → largest: 0.001 → 20: paper2.sigmas.smallest
number: 5 → number: 1 → 20: paper2.sigmas.number

[s1, birch] → [s1, brich] → 22: sweep.datasets[1] → birch
[s1, birch] → al → 22: sweep.datasets → all
methods: all → methods: [lse, entorpy] → 23: sweep.methods[1] → entropy
methods: all → methods: [] → 23: sweep.methods
methods: all → methods: 3 → 23: sweep.methods
initialisations: [random-points] → initialisations: random-point → 24: sweep.initialisations → random-points
[0.1 Tc, 1e9] → [0.1 Tc, -1] → 25: sweep.temperatures[1]
[0.1 Tc, 1e9] → [1 Tc, 1 Tc] → 25: sweep.temperatures[1]
repeats: 10| → repeats: 0| → 26: sweep.repeats
{birch: 5} → {brich: 5} → 27: sweep.repeats_of.brich → birch
{birch: 5} → {birch: 0} → 27: sweep.repeats_of.birch
trace: final → trace: every → 28: sweep.trace
trace: final → repeats_of_methods: {lsee: 3} → 28: sweep.repeats_of_methods.lsee → lse
centroids: 10 → centroids: -1 → 29: sweep.centroids
methods: [lse], highest → methods: [kmeans], highest → 30: sweep.annealed.methods[0]
lowest: 0.01 Tc → lowest: 2 Tc → 30: sweep.annealed.lowest
factor: 0.8 → factor: 1 → 30: sweep.annealed.factor
{repeats: 900} → {repeats: -1} → 31: sweep.published.repeats
max_iterations: 2000 → max_iterations: 0 → 32: sweep.phases.max_iterations
[a, s1] → [b, s1] → 34: contest.datasets[0]
budget: 1.5 → budget: 0 → 37: contest.budget
lowest: 0.01| → lowest: 2| → 39: contest.lowest

{repeats: 20, → {repeats: 1, → 41: embedding.repeats
trials: 3 → trials: 0 → 41: embedding.trials
epochs: 40 → epochs: 0 → 41: embedding.epochs
weights: [0.1, 1] → weights: [0.1, 0] → 41: embedding.weights[1]
temperatures: [0.01] → temperatures: [] → 41: embedding.temperatures
"""


@pytest.fixture(autouse=True)
def _working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text("x,y\n0,0\n1,0\n3,5\n3,6\n4,9\n")
    Path("labels.txt").write_text("1\n1\n2\n2\n3\n")
    Path("point").mkdir()  # which is no file


def read(*texts, **overrides):
    """Merge and check files of these texts, and --config, as Snakemake does."""
    files = [Path(name) for name in ("config.yaml", "mine.yaml")[: len(texts)]]
    merged = {}
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
        update_config(merged, load_configfile(file))
    update_config(merged, overrides)
    return module.read(merged, files)


def refusals(*texts, **overrides):
    """What the refused keys are told, by "file:line: key" or "--config: key"."""
    with pytest.raises(ConfigError) as caught:
        read(*texts, **overrides)
    return dict(
        re.fullmatch(r"(\S+: \S+|.*'.*'): (.*)", line).groups() for line in str(caught.value).splitlines()
    )


def test_reads_every_value():
    config = read(
        OWN.replace("s1", "mine")
        .replace("repeats: 1000", "repeats: 1000\n  n_clusters: 4")
        .replace("trace: final", "trace: final\n  repeats_of_methods: {lse: 2}")
    )
    assert (config.seed, config.engine, config.data.source) == (2020, "compiled", "auto")
    assert config.data.mirrors[1] == Mirror("file:///data/", "gagolews")
    assert config.data.own == {"mine": OwnData(Path("points.csv"), 3, "labels.txt")}
    assert (config.solver.tolerance, config.solver.max_iterations) == (1e-4, 300)
    paper1 = config.paper1
    assert (paper1.dataset, paper1.methods) == ("mine", ("kmeans", "lse", "entropy"))
    assert (paper1.temperature, paper1.repeats, paper1.n_clusters) == (Temperature(1e9), 1000, 4)
    paper2 = config.paper2
    assert (paper2.datasets, paper2.initialisation) == (("mine", "s2"), "random-points")
    assert (paper2.starts, paper2.learning_rate) == (20, None)
    np.testing.assert_allclose(paper2.sigmas.values(), np.geomspace(2, 0.005, 5))
    assert config.sweep.model_dump(mode="json") == {
        "datasets": ["mine", "birch"],
        "methods": ["all"],
        "initialisations": ["random-points"],
        "temperatures": ["0.1 Tc", 1e9],
        "repeats": 10,
        "repeats_of": {"birch": 5},
        "repeats_of_methods": {"lse": 2},
        "trace": "final",
        "centroids": 10,
        "annealed": {
            "methods": ["lse"],
            "highest": "1.5 Tc",
            "lowest": "0.01 Tc",
            "factor": 0.8,
            "tolerance": 1e-6,
            "repeats": 50,
        },
        "phases": {
            "factor": 0.9,
            "tolerance": 1e-4,
            "max_iterations": 2000,
            "repeats": 2,
            "repeats_of": {},
        },
        "published": {"repeats": 900, "repeats_of": {}},
    }
    assert config.contest.model_dump() == {
        "datasets": ("a", "mine"),
        "repeats": 20,
        "repeats_of": {"a": 5},
        "budget": 1.5,
        "factor": 0.7,
        "lowest": 0.01,
        "tolerance": 0.03,
    }


@pytest.mark.parametrize(("overlay", "n_sets"), [(None, 5), ("full", 27), ("smoke", 2)])
def test_shipped_configurations_are_valid(overlay, n_sets):
    files = [ROOT / "config.yaml"] + ([SHIPPED[overlay]] if overlay else [])
    merged = {}
    for file in files:
        update_config(merged, load_configfile(file))
    config = module.read(merged, files)
    assert (config.engine, config.paper1.dataset) == ("compiled", "s1")
    assert set(named_datasets(config.sweep.datasets)) <= set(BENCHMARK)
    assert len(named_datasets(config.sweep.datasets)) == n_sets


@pytest.mark.parametrize("case", [line for line in REFUSED.splitlines() if line])
def test_refuses(case):
    old, new, place, *near = case.replace("|", "\n").split(" → ")
    assert old in BASE
    found = refusals(BASE.replace(old, new, 1))
    told = found.pop(f"config.yaml:{place}")
    assert not near or f"did you mean '{near[0]}'?" in told
    # Nothing else is wrong, but that a key which is misspelt is missing too.
    assert set(found.values()) <= {"missing"}


def test_names_are_those_of_the_registries(monkeypatch):
    monkeypatch.setitem(METHODS, "sparsemax", replace(METHODS["lse"], name="sparsemax"))
    monkeypatch.setitem(INITIALISATIONS, "grid", replace(INITIALISATIONS["maxmin"], name="grid"))
    text = BASE.replace("[kmeans, lse, entropy]", "[kmeans, sparsemax]").replace("[lse]", "[sparsemax]")
    config = read(text.replace("[random-points]", "grid"))
    assert config.paper1.methods == ("kmeans", "sparsemax")
    assert config.sweep.annealed.methods == ("sparsemax",)
    assert config.sweep.initialisations == ("grid",)


def test_families_may_have_capitals():
    config = read(BASE.replace("[s1, birch]", "[DIM, s1]").replace("{birch: 5}", "{Birch: 5}"))
    assert config.sweep.datasets == ("dim", "s1")
    assert config.sweep.repeats_of == {"birch": 5}


def test_all_errors_are_told_in_the_order_of_the_lines():
    changes = {
        "2020": "-1",
        "auto": "atuo",
        "[kmeans": "[k-means",
        "1000": "0",
        "largest: 2": "largest: 0.001",
    }
    text = BASE
    for old, new in changes.items():
        text = text.replace(old, new)
    assert list(refusals(text)) == [
        "config.yaml:1: seed",
        "config.yaml:3: data.source",
        "config.yaml:13: paper1.methods[0]",
        "config.yaml:15: paper1.repeats",
        "config.yaml:20: paper2.sigmas.smallest",
    ]


def test_a_later_file_answers_for_what_it_overrides_mends_and_empties():
    wrong = BASE.replace("300", "-300")
    overlay = "# quick look\npaper1:\n  methods: [lse, maxnt]\n  repeats: 10\n"
    assert list(refusals(wrong, overlay)) == [
        "config.yaml:10: solver.max_iterations",
        "mine.yaml:3: paper1.methods[1]",
    ]
    assert read(wrong, "solver: {max_iterations: 5}").solver.max_iterations == 5
    assert list(refusals(BASE, "solver:\n")) == ["mine.yaml:1: solver"]


def test_the_command_line_answers_for_what_no_file_holds():
    assert list(
        refusals(BASE, seed=-5, sead=1, paper1={"repeats": "none", "methods": ["kmeans", "foo"]})
    ) == [
        "--config: paper1.methods[1]",
        "--config: paper1.repeats",
        "--config: sead",
        "--config: seed",
    ]
    # A list is not the file's though it begins as the file's does.
    assert list(refusals(BASE, paper1={"methods": ["kmeans", "kmeans"]})) == ["--config: paper1.methods[1]"]


def test_merge_keys_point_at_what_they_merge():
    text = BASE.replace("repeats: 1000", "repeats: 1000\n  <<: {n_clusters: 0}")
    assert list(refusals(text)) == ["config.yaml:16: paper1.n_clusters"]


@pytest.mark.parametrize("text", ["1e9", " 1E+9 ", "1000000000", 1e9, 10**9])
def test_numbers_may_be_text(text):
    solver = {"tolerance": text, "max_iterations": text}
    config = read(BASE, seed=text, solver=solver, paper1={"temperature": text})
    assert (config.seed, config.solver.tolerance, config.solver.max_iterations) == (10**9, 1e9, 10**9)
    assert config.paper1.temperature == Temperature(1e9)
    assert (type(config.seed), type(config.solver.tolerance)) == (int, float)


def test_own_data_sets_limit_the_clusters_too_unless_they_are_large(monkeypatch):
    text = OWN.replace("s1", "mine").replace("repeats: 1000", "repeats: 1000\n  n_clusters: 6")
    assert list(refusals(text)) == ["config.yaml:17: paper1.n_clusters"]
    Path("points.csv").write_text("no,points\n" * 9)
    assert list(refusals(text)) == ["config.yaml:8: data.own.mine.path"]
    monkeypatch.setattr(module, "LARGE", 50)  # from where on the file is left to its job
    assert read(text).paper1.n_clusters == 6


# What is written from the models.


def test_the_reference_page_and_the_schema_are_up_to_date():
    written = runpy.run_path(str(ROOT / "tools/configuration.py"))
    for file, text in (
        (written["PAGE"], written["page_text"]()),
        (written["SCHEMA"], written["schema_text"]()),
    ):
        assert (ROOT / file).read_text("utf-8") == text, "run python tools/configuration.py"


def test_every_key_has_its_row_on_the_reference_page():
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", page, re.MULTILINE)
    blocks = re.findall(r"^## `.*?(\w+)(?:\[…\])?`$", page, re.MULTILINE)
    keys = {key for block in module.Keys.__subclasses__() for key in block.model_fields}
    assert keys <= {key for key, _ in rows} | set(blocks)


def editors_see(text):
    """Whether an editor, whose YAML is of version 1.2, finds fault with a text."""
    schema = json.loads((ROOT / "workflow/schemas/config.schema.json").read_text("utf-8"))
    numbers = re.sub(r"\b\de-?\d\b", lambda number: f"{float(number[0]):f}", text)  # as YAML 1.2 reads 1e9
    return not Draft202012Validator(schema).is_valid(yaml.safe_load(numbers))


def test_editors_find_fault_with_wrong_keys_and_names_alone():
    for file in (ROOT / "config.yaml", *SHIPPED.values()):
        text = file.read_text("utf-8")
        schema = re.match(r"# yaml-language-server: \$schema=(.*)\n", text)[1]
        assert (file.parent / schema).is_file()
        assert not editors_see(text)
    assert not editors_see(OWN.replace("[s1, s2]", "[mine]"))
    for old, new in {
        "seed": "sede",
        "entropy]": "entorpy]",
        "all": "al",
        "300": "0",
        "layout: s": "layout: S",
    }.items():
        assert editors_see(BASE.replace(old, new, 1)), old


# Anything at all.


def keys(tree):
    nested = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [*(tree if isinstance(tree, dict) else []), *(key for part in nested for key in keys(part))]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.sampled_from(
        ["s1", "mine", "kmeans", "1e9", "0.2 Tc", "auto", "sipu", "file:///", "points.csv", "."]
    )
)
NAMES = st.sampled_from(keys(yaml.safe_load(OWN))) | st.text() | st.integers() | st.none()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def damaged(draw):
    """Draw a configuration of which a few values are anything, or gone."""
    config = yaml.safe_load(OWN)
    for _ in range(draw(st.integers(1, 3))):
        node = config
        while steps := list(node) if isinstance(node, dict) else list(range(len(node))):
            step = draw(st.sampled_from(steps))
            if not (isinstance(node[step], dict | list) and draw(st.booleans())):
                node[step] = draw(TREES)
                if draw(st.booleans()):
                    del node[step]
                break
            node = node[step]
    return config


def read_or_refused(config, text):
    file = Path("fuzz.yaml")
    file.write_text(text, encoding="utf-8")
    try:
        module.read(config, [file])
    except ConfigError as error:
        for line in str(error).split("\n"):
            assert re.match(r"(fuzz\.yaml:\d+|--config): \S+.*: \S|fuzz\.yaml:\d+: ", line), line


@given(st.dictionaries(st.sampled_from(list(yaml.safe_load(OWN))) | st.text(), TREES) | damaged())
def test_any_values_are_read_or_refused_line_by_line(config):
    read_or_refused(config, OWN)


@given(st.text(st.characters(codec="utf-8")) | st.text("[]{}&*!<>:?-,#|'\"% \n01a~", max_size=30))
def test_any_file_is_read_or_refused_line_by_line(text):
    read_or_refused(yaml.safe_load(BASE), text)
