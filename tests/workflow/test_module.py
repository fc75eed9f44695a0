"""Another workflow that uses this one as a module, as the README has it."""

import re

import yaml
from driving import ROOT, SMOKE, new_project, succeed


def test_another_workflow_takes_a_result_as_its_input(tmp_path):
    (tmp_path / "softkmeans").mkdir()
    new_project(tmp_path / "softkmeans")
    block = re.search(
        r"### In another workflow\n.*?```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    outer = tmp_path / "outer"
    outer.mkdir()
    (outer / "Snakefile").write_text(block[1])
    (outer / "overlay.yaml").write_text(yaml.safe_dump(yaml.safe_load(SMOKE.read_text())))
    succeed(outer, "--cores", "2")
    source = outer / "results/tables/paper1/differences.csv"
    n_lines = len(source.read_text().splitlines())
    assert n_lines > 1
    assert (outer / "results/mine.txt").read_text().split() == [str(n_lines), str(source.relative_to(outer))]
