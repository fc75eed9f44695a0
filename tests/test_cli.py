"""The command `softkmeans`: what it prints, and what it says of a user's mistakes."""

import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
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


def make_results(folder, seed=1, **changed):
    """Three results and their manifest."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    paths = [f"tables/{name}.csv" for name in ("a", "b", "timings")]
    for path in paths:
        (folder / path).write_text(changed.get(Path(path).stem, path))
    manifest.write(manifest.make(folder, paths, {"seed": seed}, None), folder / "manifest.json")
    return folder


def table(lines):
    """The lines of a printed summary, by their names."""
    return {line[:18].strip(): line[18:] for line in lines}


@pytest.mark.parametrize("command", [[COMMAND], [sys.executable, "-m", "softkmeans"]])
def test_as_a_program(command):
    done = subprocess.run([*command, "data", "list"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("name")
    misused = subprocess.run([*command, "fit", "points.csv"], capture_output=True, text=True, check=False)
    assert (misused.returncode, len(misused.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("arguments", [["data", "list"], ["fit", "--help"]])
def test_a_reader_that_has_gone_is_no_error(arguments):
    process = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.communicate()[1] == b""
    assert process.returncode in (0, 141)  # argparse takes it for well


def test_help_and_version_need_no_slow_module():
    script = "import sys; from softkmeans.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    slow = {"matplotlib", "numba", "pandas", "pooch", "pyarrow", "pydantic", "requests", "scipy", "sklearn"}
    assert not slow & set(done.stdout.splitlines()[-1].split())


def test_version(run):
    assert run("--version") == (0, [f"softkmeans {softkmeans.__version__}"], [])
    assert softkmeans.__version__ == metadata.version("softkmeans")


@pytest.mark.parametrize("command", ["", "data", "data list", "data fetch", "fit", "verify"])
def test_every_command_has_help(run, command):
    code, out, err = run(*command.split(), "--help")
    assert (code, err) == (0, [])
    assert out[0].startswith(f"usage: softkmeans {command}".strip())


@pytest.fixture
def mirrors(file_mirrors):
    return [part for mirror in file_mirrors for part in ("--mirror", mirror.url, mirror.layout)]


def test_list_has_the_whole_benchmark_or_one_family(run):
    code, out, err = run("data", "list")
    assert (code, err) == (0, [])
    rows = [line.split() for line in out[1:-1]]
    assert [row[0] for row in rows] == list(BENCHMARK)
    assert ["dim1024", "DIM", "1024", "1024", "16", "no"] in rows
    _, out, _ = run("data", "list", "--family", "A")
    assert [line.split()[0] for line in out[1:]] == ["a1", "a2", "a3"]


def test_fetch_says_where_each_came_from_and_keeps_it(run, mirrors, tmp_path, file_mirrors):
    cache = ["--cache", tmp_path / "cache"]
    code, out, err = run("data", "fetch", "S", "dim032", "s1", *mirrors, *cache)
    assert (code, err) == (0, [])
    assert [line.split(":")[0] for line in out] == [*FAMILIES["S"], "dim032"]
    assert out[0].startswith(f"s1: n = 5000, d = 2, K = 15, from {file_mirrors[0].url}/s1.txt, downloaded 20")
    _, out, _ = run("data", "list", *mirrors, *cache)
    assert [line.split()[0] for line in out if line.endswith(" yes")] == [*FAMILIES["S"], "dim032"]


@pytest.mark.parametrize("family", ["a", "A"])
def test_what_is_fetched_can_be_fitted(run, mirrors, tmp_path, family):
    assert run("data", "fetch", family, "s1", *mirrors, "--to", tmp_path / "sets")[0] == 0
    assert {file.stem for file in tmp_path.glob("sets/*.csv")} == {"a1", "a2", "a3", "s1"}
    read = read_own(OwnData(tmp_path / "sets/a1.csv", 20, str(tmp_path / "sets/a1-labels.txt")))
    assert read.points.shape == (3000, 2)
    assert np.bincount(read.labels).tolist() == [150] * 20
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
    code, out, err = run("data", "fetch", "dim064", "dim", "--mirror", folder.as_uri(), "sipu")
    assert code == 1
    assert [line.split(":")[0] for line in out] == ["dim032", "dim256"]
    assert [line.split(" could")[0].split()[-1] for line in err] == ["dim064", "dim128", "dim512", "dim1024"]
    assert f"{folder.as_uri()}/dim064.txt has other values than the published ones" in err[0]


def test_fit_prints_and_writes_the_best_run(run, points_file, tmp_path):
    code, out, err = run(
        "fit", points_file, "--clusters", 3, "--method", "lse", "--temperature", "0.05Tc",
        "--initialisation", "random-points", "--repeats", 4, "--seed", 2,
        "--output", tmp_path / "out" / "centroids.csv", "--nearest", tmp_path / "labels.txt",
    )  # fmt: skip
    assert (code, err) == (0, [])
    temperature = 0.05 * critical_temperature(POINTS)
    settings = {"method": "lse", "temperature": temperature, "initialisation": "random-points"}
    runs = [softkmeans.fit(POINTS, 3, **settings, seed=seed) for seed in range(2, 6)]
    which = int(np.argmin([each.smooth_objective for each in runs]))
    best = runs[which]
    assert max(each.smooth_objective for each in runs) > best.smooth_objective
    said = table(out)
    assert said["data"] == f"{points_file}: n = 90, d = 2"
    assert said["method"] == f"lse at T = {temperature:.6g} = 0.05 Tc"
    assert said["start"] == f"random-points, seed {2 + which}, the best of 4"
    assert said["iterations"] == f"{best.n_iterations}, converged"
    numbers = [float(said[name]) for name in ("objective J", "smooth objective", "entropy")]
    assert numbers == pytest.approx([best.objective, best.smooth_objective, best.entropy], rel=1e-9)
    written = np.loadtxt(tmp_path / "out" / "centroids.csv", delimiter=",")
    np.testing.assert_array_equal(written, best.centroids)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "labels.txt", dtype=int), best.labels)


def test_fit_says_what_it_read_and_compares_with_the_labels(run, tmp_path):
    file = tmp_path / "mine.csv"
    frame = pd.DataFrame(POINTS, columns=["x", "y"]).assign(kind=np.repeat(["a", "b", "c"], 30), mass=1.5)
    frame.to_csv(file)
    code, out, err = run("fit", file, "--clusters", 3, "--labels", "kind", "--columns", "x", "y")
    assert (code, err) == (0, [])
    said = table(out)
    assert said["columns"] == "x, y; left out: row names, mass"
    assert said["first point"] == "{:.6g}, {:.6g}".format(*POINTS[0])
    assert said["labels"] == "a (30), b (30), c (30)"
    assert said["true labels"] == "ARI 1.0000, NMI 1.0000"
    unnamed = tmp_path / "unnamed.csv"
    unnamed.write_text("0,1\n5,3\n2,2\n")
    assert "option header" in run("fit", unnamed, "--clusters", 2)[2][0]
    for header, n in (("--header", 2), ("--no-header", 3)):
        assert table(run("fit", unnamed, "--clusters", 2, header)[1])["data"].endswith(f"n = {n}, d = 2")


def test_fit_without_options_is_kmeans(run, points_file):
    said = table(run("fit", points_file, "--clusters", 3)[1])
    assert (said["method"], said["smooth objective"]) == ("kmeans", said["objective J"])
    least = ((POINTS - np.repeat(POINTS.reshape(3, 30, 2).mean(axis=1), 30, axis=0)) ** 2).sum()
    assert float(said["objective J"]) == pytest.approx(least, rel=1e-9)


def test_fit_tells_a_start_without_chance_and_a_run_that_did_not_converge(run, points_file):
    said = table(run("fit", points_file, "--clusters", 3, "--initialisation", "sequential")[1])
    assert said["start"] == "sequential"
    said = table(run("fit", points_file, "--clusters", 9, "--max-iterations", 1, "--repeats", 1)[1])
    assert said["iterations"] == "1, NOT converged"


def test_verify_finds_every_difference(run, tmp_path):
    results = make_results(tmp_path / "results")
    assert run("verify", results) == (0, [f"{results}: 3 files in the manifest, no difference"], [])
    (results / "tables/a.csv").write_text("tables/A.csv")
    (results / "tables/b.csv").unlink()
    (results / "tables/c.csv").touch()
    code, out, err = run("verify", results)
    assert (code, err) == (1, [])
    assert out == [
        "changed     tables/a.csv",
        "missing     tables/b.csv",
        "extra       tables/c.csv",
        f"{results}: 3 files in the manifest, 1 changed, 1 missing, 1 extra",
    ]


def test_verify_against_another_run(run, tmp_path):
    results, other = make_results(tmp_path / "results"), make_results(tmp_path / "other", timings="others")
    compared = f"{other}: 2 files compared, 1 that hold times left out"
    for against in (other, other / "manifest.json"):
        code, out, _ = run("verify", results, "--against", against)
        assert (code, out[1:]) == (0, [f"{compared.replace(str(other), str(against))}, no difference"])
    make_results(other, seed=2, a="another")
    code, out, _ = run("verify", results, "--against", other)
    assert code == 1
    assert out[1:] == [
        "different   tables/a.csv",
        "the two runs' manifests also differ in: config",
        f"{compared}, 1 different",
    ]


def test_verify_with_a_tolerance_tells_numbers_from_bytes(run, tmp_path):
    results = make_results(tmp_path / "results", a="J\n1.0000000000001\n", b="J\n2\n")
    other = make_results(tmp_path / "other", a="J\n1.0\n", b="J\n2\n")
    assert run("verify", results, "--against", other)[0] == 1
    code, out, _ = run("verify", results, "--against", other, "--tolerance", "1e-9")
    cpu = manifest.machine()["cpu"]
    assert code == 0
    assert out[1] == f"equal       tables/a.csv  numerically equal; bytes differ, made on {cpu} and on {cpu}"
    make_results(other, a="J\n1.0\n", b="J\n2.1\n")
    code, out, _ = run("verify", results, "--against", other, "--tolerance", "1e-9")
    assert code == 1
    assert out[2] == "different   tables/b.csv  by more than 1e-09 in J"
    assert out[-1].endswith("1 equal, 1 different")


# a user's mistakes: one line each

MISTAKES = """
2 |  | arguments are required: COMMAND
2 | dat | invalid choice: 'dat'
2 | data list --family Brich | unknown data set 'Brich'; did you mean 'birch'?
2 | data fetch s11 | unknown data set 's11'; did you mean 's1'?
2 | data fetch s1 S1 | unknown data set 'S1'; did you mean 's1'?
2 | data fetch s1 --mirror /data sipu | '/data' is no address to download from
1 | fit no.csv --clusters 2 | no.csv cannot be read (No such file or directory)
1 | fit text.csv --clusters 2 | text.csv: point 2 in column 'y': 'x' is not a number
1 | fit text.csv --clusters 2 --columns z | 'z' is not a column of text.csv; choose from x, y
1 | fit text.csv --clusters 2 --labels z | 'z' is neither a file nor a column of text.csv
1 | fit huge.csv --clusters 2 | huge.csv: the squares of the points are too large for float64
1 | fit points.csv --clusters 91 | points.csv has 90 points: n_clusters 91 is not in
2 | fit points.csv | arguments are required: --clusters
2 | fit points.csv --clusters 0 | --clusters: expected a whole number >= 1, got '0'
2 | fit points.csv --clusters 3 --seed -1 | expected a whole number, got '-1'
2 | fit points.csv --clusters 3 --method lse | lse needs a --temperature
2 | fit points.csv --clusters 3 --temperature 1 | kmeans has no temperature
2 | fit points.csv --clusters 3 --temperature hot | 'hot' is not a temperature
2 | fit points.csv --clusters 3 --temperature '0 Tc' | must be positive and finite
2 | fit points.csv --clusters 3 --method lce | did you mean 'lse'?
2 | fit points.csv --clusters 3 --initialisation maxmn | did you mean 'maxmin'?
1 | fit points.csv --clusters 3 --output points.csv/c | points.csv: File exists
2 | verify results --against other --tolerance -1 | expected a number >= 0, got '-1'
2 | verify results --against other --tolerance nan | expected a number >= 0, got 'nan'
2 | verify results --tolerance 1e-9 | it needs --against with a folder of results
2 | verify results --against results/manifest.json --tolerance 1 | it needs --against with a folder
1 | verify nowhere | nowhere/manifest.json is missing; snakemake makes it
1 | verify cut | cut/manifest.json is damaged: not valid JSON
"""


@pytest.mark.parametrize("mistake", [line for line in MISTAKES.splitlines() if line])
def test_a_mistake_is_one_line(run, points_file, monkeypatch, mistake):
    folder = points_file.parent
    monkeypatch.chdir(folder)
    Path("text.csv").write_text("x,y\n1,2\n3,x\n")
    Path("huge.csv").write_text("1e200,1\n2,3e200\n4,5\n")
    whole = (make_results(folder / "results") / "manifest.json").read_text("utf-8")
    Path("cut").mkdir()
    Path("cut/manifest.json").write_text(whole[:200])
    code, arguments, message = mistake.split(" | ")
    got, out, err = run(*shlex.split(arguments))
    assert (got, out, len(err)) == (int(code), [], 1), err
    assert err[0].startswith("softkmeans")
    assert message in err[0]
