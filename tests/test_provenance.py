import shutil

import pytest

from softkmeans import provenance
from softkmeans.provenance import code_digest, imports


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the package whose code may be edited; gives a function that edits."""
    shutil.copytree(provenance.PACKAGE, tmp_path / "softkmeans")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "softkmeans")
    provenance._tree.cache_clear()

    def edit(name, text):
        with (tmp_path / "softkmeans" / name).open("a") as file:
            file.write(text)
        provenance._tree.cache_clear()

    yield edit
    provenance._tree.cache_clear()


@pytest.mark.parametrize(
    ("edited", "runs", "figures", "data"),
    [
        ("kernels.py", True, True, False),
        ("metrics.py", False, False, False),
        ("figures/paper1.py", False, True, False),
        ("figures/style.py", False, True, False),
        ("twins.py", False, False, True),
        ("data/catalogue.csv", False, True, True),
        ("config.py", False, False, False),
    ],
)
def test_an_edit_counts_for_what_depends_on_it_and_nothing_else(copy, edited, runs, figures, data):
    def digests():
        return [code_digest(module) for module in ("experiments.runner", "figures.paper1", "obtain")]

    before = digests()
    copy(edited, "\nADDED = 1\n")
    assert [a != b for a, b in zip(before, digests(), strict=True)] == [runs, figures, data]


def test_comments_and_white_space_do_not_count(copy):
    before = code_digest("solver")
    copy("solver.py", "\n\n# a comment\n")
    assert code_digest("solver") == before


def test_imports_are_found_however_they_are_written():
    assert {"kernels", "methods", "typing"} <= imports("solver")
    assert "tables" in imports("experiments.runner")
    assert all("softkmeans" not in name for name in imports("experiments.runner"))


def test_an_unknown_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="solvr"):
        code_digest("solvr")
