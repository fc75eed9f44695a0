import shutil
from pathlib import Path

import pytest

from softkmeans.provenance import code as provenance
from softkmeans.provenance.code import code_digest, needed

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def forget():
    """Read the code anew."""
    for each in (needed, code_digest):
        each.cache_clear()


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the package whose code may be edited; gives a function that edits."""
    shutil.copytree(provenance.PACKAGE, tmp_path / "softkmeans")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "softkmeans")
    forget()

    def edit(name, text):
        with (tmp_path / "softkmeans" / name).open("a") as file:
            file.write(text)
        forget()

    yield edit
    forget()


@pytest.mark.parametrize(
    ("edited", "runs", "figures", "data"),
    [
        ("clustering/kernels.py", True, True, False),
        ("clustering/temperatures.py", True, False, False),
        ("clustering/metrics.py", True, False, False),
        ("paper1/figures.py", False, True, False),
        ("report/style.py", False, True, False),
        ("data/twins.py", False, False, True),
        ("data/catalogue.csv", True, True, True),
        ("config.py", False, False, False),
    ],
)
def test_an_edit_counts_for_what_depends_on_it_and_nothing_else(copy, edited, runs, figures, data):
    def digests():
        return [code_digest(SCRIPTS / f"{name}.py") for name in ("runs", "paper1_figures", "obtain")]

    before = digests()
    copy(edited, "\nADDED = 1\n")
    assert [a != b for a, b in zip(before, digests(), strict=True)] == [runs, figures, data]


def test_templates_count_for_the_module_beside_them(copy):
    before = code_digest(SCRIPTS / "front_page.py")
    copy("report/templates/claims.html.j2", "more")
    assert code_digest(SCRIPTS / "front_page.py") != before


def test_imports_are_found_however_they_are_written(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import softkmeans.clustering.kernels\nfrom softkmeans import tables as t\n"
        "def f():\n    from softkmeans.report.style import BLUE\n"
        "from softkmeans.sweep import (\n    claims,\n    phases as p,\n)\n"
    )
    named = {path.stem for path in needed(script) if path.stem != "__init__"}
    assert named == {"kernels", "tables", "style", "claims", "phases"}
