"""The command `softkmeans`: what it prints, and what it says of a user's mistakes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import softkmeans
from softkmeans.cli import main
from softkmeans.clustering.temperatures import critical_temperature
from softkmeans.data.catalogue import BENCHMARK, FAMILIES
from softkmeans.data.own import OwnData, read_own
from softkmeans.provenance import manifest

COMMAND = Path(sys.executable).with_name("softkmeans")
POINTS = (np.random.default_rng(1).normal(size=(90, 2)) + 9 * np.repeat(np.arange(3), 30)[:, None]).round(3)


@pytest.fixture
def run(capsys):
    """Run the command; gives its exit code, and the lines of standard output and error."""

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return call


@pytest.fixture
def points_file(tmp_path):
    path = tmp_path / "points.csv"
    np.savetxt(path, POINTS, fmt="%.3f", delimiter=",", header="x,y", comments="")
    return path


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    (folder / "tables").mkdir(parents=True)
    rules = {f"tables/{name}.csv": "tabulate" for name in ("a", "b", "timings")}
    for path in rules:
        (folder / path).write_text(path)
    manifest.write(manifest.make(folder, rules, {"seed": 1}, None), folder / "manifest.json")
    return folder


def table(lines):
    """The lines of a printed summary, by their names."""
    return {line[:18].strip(): line[18:] for line in lines}


# as a program of its own


@pytest.mark.parametrize("command", [[str(COMMAND)], [sys.executable, "-m", "softkmeans"]])
def test_as_a_program(command, points_file, results, tmp_path):
    def run(*arguments, **keywords):
        return subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, check=False, **keywords
        )

    assert "verify" in run("--help").stdout
    assert run("data", "list").stdout.startswith("name")
    assert run("fit", points_file, "--clusters", 3).returncode == 0
    assert run("verify", results).returncode == 0
    fetched = run("data", "fetch", "s1", "--mirror", tmp_path.as_uri(), "sipu")
    assert (fetched.returncode, fetched.stdout) == (1, "")
    assert "s1.txt" in fetched.stderr
    assert run("verify", tmp_path).returncode == 1
    misused = run("fit", points_file)
    assert (misused.returncode, len(misused.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    for arguments, codes in ((["data", "list"], {141}), (["fit", "--help"], {0, 141})):
        process = subprocess.Popen(
            [COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        process.stdout.close()
        with process.stderr as errors:
            assert errors.read() == b""
        assert process.wait() in codes


def test_help_needs_no_slow_module():
    script = "import sys; from softkmeans.cli import main; main(['--help']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "pandas",
        "scipy",
        "sklearn",
        "matplotlib",
        "pyarrow",
        "snakemake",
        "requests",
        "pooch",
    }


@pytest.mark.parametrize(
    "command", [[], ["data"], ["data", "list"], ["data", "fetch"], ["fit"], ["verify"]], ids=" ".join
)
def test_every_command_has_help(run, command):
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, [])
    assert out[0].startswith(" ".join(["usage: softkmeans", *command]))


# data list


def test_list_has_the_whole_benchmark(run):
    code, out, err = run("data", "list")
    assert (code, err) == (0, [])
    rows = [line.split() for line in out[1:-1]]
    assert [row[0] for row in rows] == list(BENCHMARK)
    assert ["s1", "S", "5000", "2", "15", "no"] in rows
    assert ["dim1024", "DIM", "1024", "1024", "16", "no"] in rows


def test_list_of_one_family(run):
    _, out, _ = run("data", "list", "--family", "A")
    assert [line.split()[0] for line in out[1:]] == ["a1", "a2", "a3"]


# data fetch


@pytest.fixture
def mirrors(file_mirrors):
    return [part for mirror in file_mirrors for part in ("--mirror", mirror.url, mirror.layout)]


def test_fetch_says_where_each_came_from_and_keeps_it(run, mirrors, tmp_path, file_mirrors):
    cache = ["--cache", tmp_path / "cache"]
    code, out, err = run("data", "fetch", "S", "dim032", "s1", *mirrors, *cache)
    assert (code, err) == (0, [])
    assert [line.split(":")[0] for line in out] == [*FAMILIES["S"], "dim032"]
    assert out[0].startswith(f"s1: n = 5000, d = 2, K = 15, from {file_mirrors[0].url}/s1.txt, downloaded 20")
    _, out, _ = run("data", "list", *mirrors, *cache)
    assert [line.split()[0] for line in out if line.endswith(" yes")] == [*FAMILIES["S"], "dim032"]


def test_what_is_fetched_can_be_fitted(run, mirrors, tmp_path):
    assert run("data", "fetch", "a1", "birch1", *mirrors, "--to", tmp_path / "sets")[0] == 0
    points, labels = read_own(OwnData(tmp_path / "sets/a1.csv", 20, tmp_path / "sets/a1-labels.txt"))
    assert points.shape == (3000, 2)
    assert np.bincount(labels).tolist() == [150] * 20
    assert (tmp_path / "sets/birch1.csv").exists()
    code, out, _ = run("fit", tmp_path / "sets/a1.csv", "--clusters", 20, "--repeats", 2)
    assert code == 0
    assert table(out)["data"].endswith("a1.csv: n = 3000, d = 2")


def test_one_that_fails_does_not_stop_the_others(run, mirror_folder, tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name in ("dim032.txt", "dim032.pa", "dim064.txt", "dim256.txt", "dim256.pa"):
        (folder / name).write_bytes((mirror_folder / "sipu" / name).read_bytes())
    first, rest = (folder / "dim064.txt").read_text().split(maxsplit=1)
    (folder / "dim064.txt").write_text(f"{int(first) + 1} {rest}")
    code, out, err = run("data", "fetch", "dim064", "DIM", "--mirror", folder.as_uri(), "sipu")
    assert code == 1
    assert [line.split(":")[0] for line in out] == ["dim032", "dim256"]
    assert [line.split(" could")[0].split()[-1] for line in err] == ["dim064", "dim128", "dim512", "dim1024"]
    assert f"{folder.as_uri()}/dim064.txt values differ from the published ones" in err[0]
    assert f"{folder.as_uri()}/dim128.txt cannot be read (No such file or directory)" in err[1]


def test_a_mirror_that_had_to_be_passed_over_is_told(run, mirrors, tmp_path):
    code, out, err = run("data", "fetch", "birch3", "--mirror", tmp_path.as_uri(), "sipu", *mirrors)
    assert (code, len(out)) == (0, 1)
    reason = "birch3.txt cannot be read (No such file or directory)"
    assert err == [f"softkmeans: warning: birch3: {tmp_path.as_uri()}/{reason}"]


# fit


def test_fit_prints_and_writes_the_best_run(run, points_file, tmp_path):
    code, out, err = run(
        "fit", points_file, "--clusters", 3, "--method", "lse", "--temperature", "0.05Tc",
        "--initialisation", "random-points", "--repeats", 4, "--seed", 2,
        "--output", tmp_path / "out" / "centroids.csv", "--labels", tmp_path / "labels.txt",
    )  # fmt: skip
    assert (code, err) == (0, [])
    temperature = 0.05 * critical_temperature(POINTS)
    runs = [
        softkmeans.fit(
            POINTS, 3, method="lse", temperature=temperature, initialisation="random-points", seed=seed
        )
        for seed in range(2, 6)
    ]
    which = int(np.argmin([each.smooth_objective for each in runs]))
    best = runs[which]
    assert max(each.smooth_objective for each in runs) > best.smooth_objective
    said = table(out)
    assert said["data"] == f"{points_file}: n = 90, d = 2"
    assert said["method"] == f"lse at T = {temperature:.6g} = 0.05 Tc"
    assert said["start"] == f"random-points, seed {2 + which}, the best of 4"
    assert said["iterations"] == f"{best.n_iterations}, converged"
    assert float(said["objective J"]) == pytest.approx(best.objective, rel=1e-9)
    assert float(said["smooth objective"]) == pytest.approx(best.smooth_objective, rel=1e-9)
    assert float(said["entropy"]) == pytest.approx(best.entropy, rel=1e-9)
    written = np.loadtxt(tmp_path / "out" / "centroids.csv", delimiter=",")
    np.testing.assert_array_equal(written, best.centroids)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "labels.txt", dtype=int), best.labels)


def test_fit_by_default_is_kmeans(run, points_file):
    _, out, _ = run("fit", points_file, "--clusters", 3)
    said = table(out)
    assert (said["method"], said["smooth objective"]) == ("kmeans", said["objective J"])
    least = ((POINTS - np.repeat(POINTS.reshape(3, 30, 2).mean(axis=1), 30, axis=0)) ** 2).sum()
    assert float(said["objective J"]) == pytest.approx(least, rel=1e-9)


def test_a_start_without_chance_is_not_repeated(run, points_file):
    _, out, _ = run("fit", points_file, "--clusters", 3, "--initialisation", "sequential")
    assert table(out)["start"] == "sequential"


def test_a_run_that_did_not_converge_says_so(run, points_file):
    _, out, _ = run("fit", points_file, "--clusters", 9, "--max-iterations", 1, "--repeats", 1)
    assert table(out)["iterations"] == "1, NOT converged"


# verify


def test_verify_finds_every_difference(run, results):
    assert run("verify", results) == (0, [f"{results}: 3 files in the manifest, no difference"], [])
    (results / "tables/a.csv").write_text("tables/A.csv")
    (results / "tables/b.csv").unlink()
    (results / "tables/c.csv").touch()
    assert run("verify", results) == (
        1,
        [
            "changed     tables/a.csv  (rule tabulate)",
            "missing     tables/b.csv  (rule tabulate)",
            "extra       tables/c.csv",
            f"{results}: 3 files in the manifest, 1 changed, 1 missing, 1 extra",
        ],
        [],
    )


@pytest.mark.parametrize("against", [".", "manifest.json"])
def test_verify_against_another_run(run, results, tmp_path, against):
    other = tmp_path / "other"
    (other / "tables").mkdir(parents=True)
    rules = {f"tables/{name}.csv": "tabulate" for name in ("a", "b", "timings")}
    for path in rules:
        (other / path).write_text(path)
    (other / "tables/timings.csv").write_text("others")
    manifest.write(manifest.make(other, rules, {"seed": 1}, None), other / "manifest.json")
    code, out, _ = run("verify", results, "--against", other / against)
    assert (code, len(out)) == (0, 2)
    assert out[1] == f"{other / against}: 2 files compared, 1 that hold times left out, no difference"

    (other / "tables/a.csv").write_text("another")
    manifest.write(manifest.make(other, rules, {"seed": 2}, None), other / "manifest.json")
    code, out, _ = run("verify", results, "--against", other / against)
    assert code == 1
    assert out[1:] == [
        "different   tables/a.csv  (rule tabulate)",
        "the two runs' manifests also differ in: config",
        f"{other / against}: 2 files compared, 1 that hold times left out, 1 different",
    ]


# a user's mistakes: one line each


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "arguments are required: COMMAND"),
        (["dat"], 2, "invalid choice: 'dat'"),
        (["data"], 2, "arguments are required: COMMAND"),
        (["data", "list", "--family", "Brich"], 2, "unknown family 'Brich'; did you mean 'Birch'?"),
        (["data", "fetch"], 2, "arguments are required: NAME"),
        (["data", "fetch", "s11"], 2, "unknown data set or family 's11'; did you mean 's1'?"),
        (["data", "fetch", "s1", "birch"], 2, "unknown data set or family 'birch'; did you mean 'Birch'?"),
        (["data", "fetch", "zzz"], 2, "'zzz'; softkmeans data list has them all"),
        (["data", "fetch", "s1", "--mirror", "/data", "sipu"], 2, "'/data' is no address to download from"),
        (["data", "fetch", "s1", "--mirror", "file:///d", "sip"], 2, "layout 'sip'; give one of sipu, gag"),
        (["fit", "no.csv", "--clusters", "2"], 1, "no.csv cannot be read (No such file or directory)"),
        (["fit", "text.csv", "--clusters", "2"], 1, "text.csv, line 3: 'x' is not a number"),
        (["fit", "ragged.csv", "--clusters", "2"], 1, "ragged.csv, line 2: 1 columns where 2 were expected"),
        (["fit", "huge.csv", "--clusters", "2"], 1, "huge.csv: the objective is too large for float64"),
        (["fit", "points.csv", "--clusters", "91"], 1, "points.csv has 90 points: n_clusters 91 is not in"),
        (["fit", "points.csv"], 2, "arguments are required: --clusters"),
        (["fit", "points.csv", "--clusters", "0"], 2, "--clusters: expected a whole number >= 1, got '0'"),
        (["fit", "points.csv", "--clusters", "2.5"], 2, "--clusters: expected a whole number, got '2.5'"),
        (["fit", "points.csv", "--clusters", "3", "--seed", "-1"], 2, "expected a whole number, got '-1'"),
        (["fit", "points.csv", "--clusters", "3", "--method", "lse"], 2, "lse needs a --temperature"),
        (["fit", "points.csv", "--clusters", "3", "--temperature", "1"], 2, "kmeans has no temperature"),
        (["fit", "points.csv", "--clusters", "3", "--temperature", "hot"], 2, "'hot' is not a temperature"),
        (["fit", "points.csv", "--clusters", "3", "--temperature", "0 Tc"], 2, "must be positive and finite"),
        (["fit", "points.csv", "--clusters", "3", "--method", "lce"], 2, "did you mean 'lse'?"),
        (["fit", "points.csv", "--clusters", "3", "--initialisation", "maxmn"], 2, "did you mean 'maxmin'?"),
        (["fit", "points.csv", "--clusters", "3", "--output", "points.csv/c"], 1, "points.csv: File exists"),
        (["verify"], 2, "arguments are required: RESULTS"),
        (["verify", "nowhere"], 1, "nowhere/manifest.json is missing; snakemake makes it"),
        (["verify", "empty"], 1, "empty/manifest.json is missing; snakemake makes it"),
        (["verify", "cut"], 1, "cut/manifest.json is damaged: not valid JSON"),
        (["verify", "foreign"], 1, "foreign/manifest.json is not a manifest"),
        (["verify", "results", "--against", "foreign"], 1, "foreign/manifest.json is not a manifest"),
        (["verify", "results", "--against", "none.json"], 1, "none.json is missing"),
    ],
)
def test_a_mistake_is_one_line(run, points_file, results, monkeypatch, arguments, code, message):
    folder = points_file.parent
    monkeypatch.chdir(folder)
    (folder / "text.csv").write_text("x,y\n1,2\n3,x\n")
    (folder / "ragged.csv").write_text("1,2\n3\n")
    (folder / "huge.csv").write_text("1e200,1\n2,3e200\n4,5\n")
    for name in ("empty", "cut", "foreign"):
        (folder / name).mkdir()
    whole = (results / "manifest.json").read_text("utf-8")
    (folder / "cut" / "manifest.json").write_text(whole[:200])
    (folder / "foreign" / "manifest.json").write_text(json.dumps({"name": "another"}))
    got, out, err = run(*arguments)
    assert (got, out, len(err)) == (code, [], 1), err
    assert err[0].startswith("softkmeans")
    assert message in err[0]
