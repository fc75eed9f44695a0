"""The report that a run of everything makes, in small and on twins."""

import json
import re
import shutil
from html.parser import HTMLParser

import pytest
import yaml
from driving import ROOT, digests, new_project, snakemake, succeed

from softkmeans.cli import main

REPORT = "results/report.html"
CAPTIONS = ROOT / "workflow" / "report"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which everything was made, so small that each figure of the sweep is one page."""
    folder = new_project(tmp_path_factory.mktemp("report"))
    config = yaml.safe_load((folder / "overlay.yaml").read_text())
    config["sweep"] |= {"datasets": ["unbalance"], "methods": ["kmeans", "entropy"], "repeats": 2}
    (folder / "overlay.yaml").write_text(yaml.safe_dump(config))
    succeed(folder, "--cores", "8")
    return folder


def variable(folder, name):
    """A value that the report's page holds."""
    page = (folder / REPORT).read_text("utf-8")
    found = re.search(rf'<script id="[\w-]+">\s*var {name} = (.*);\s*</script>', page)
    assert found is not None
    return json.loads(found[1])


def test_every_figure_and_page_is_there_with_a_title_its_data_and_a_caption(made):
    found = variable(made, "results")
    shown = {str(file.relative_to(made)) for file in made.glob("results/figures/*/*.png")}
    assert found.keys() == shown | {"results/claims.html", "results/tables/sweep/summary.html"}
    for path, one in found.items():
        assert one["labels"].keys() == {"Result", "Data"}
        assert one["labels"]["Data"] in {"twin", "generated, twin", "bundled", "bundled, generated, twin"}
        if path != "results/claims.html":
            for part in ("Data:", "Start:", "Numbers:"):
                assert f"<strong>{part}</strong>" in one["caption"], path
        assert "system-message" not in one["caption"], path
        assert "{{" not in one["caption"], path
        assert one["data_uri"].startswith("data:")


def test_results_are_grouped_so_that_each_is_two_clicks_away(made):
    groups = variable(made, "categories")
    assert sorted(groups) == [
        "Claims",
        "Clustering within a network",
        "Paper 1 (Inoue & Hara 2020)",
        "Paper 2 (Félix et al. 2026)",
        "Sweep",
    ]
    found = variable(made, "results")
    for subgroups in groups.values():
        (paths,) = subgroups.values()  # more than one would be a click more
        titles = [found[path]["labels"]["Result"] for path in paths]
        assert len(set(titles)) == len(titles)
    assert sum(len(paths) for (paths,) in map(dict.values, groups.values())) == len(found)


def test_captions_say_what_the_configuration_is(made):
    caption = variable(made, "results")["results/figures/paper1/fig2-starts.png"]["caption"]
    assert "all 20 seeded random starts" in caption
    assert "s1" in caption


def test_the_description_leads_to_each_group(made):
    text = variable(made, "workflow_desc")
    assert "system-message" not in text
    for group in variable(made, "categories"):
        name = group.replace("&", "&amp;")
        assert re.search(rf"<a [^>]*href=\"javascript:app.showCategory[^>]*>{re.escape(name)}</a>", text), (
            group
        )


def test_no_caption_is_of_a_figure_that_is_not_made(made):
    shown = {str(path).removeprefix("results/") for path in variable(made, "results")}
    titled = {file.relative_to(CAPTIONS).with_suffix("") for file in CAPTIONS.rglob("*.rst")}
    stems = {path.rpartition(".")[0] for path in shown}
    assert {str(path) for path in titled} == stems | {"workflow"}


class Loaded(HTMLParser):
    """Addresses that a page loads."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        if tag in {"link", "script", "img", "iframe", "source", "object"}:
            self.addresses += [value for name, value in attributes if name in {"src", "href", "data"}]


def test_the_page_loads_nothing_and_is_small(made):
    loaded = Loaded()
    loaded.feed((made / REPORT).read_text("utf-8"))
    assert loaded.addresses == []
    assert not re.search(r"@import|url\(['\"]?(https?:)?//", (CAPTIONS / "style.css").read_text())
    assert (made / REPORT).stat().st_size < 25e6


def test_the_report_is_no_difference(made, capsys):
    assert main(["verify", str(made / "results")]) == 0
    assert "no difference" in capsys.readouterr().out


def test_only_a_run_of_everything_that_ends_well_makes_the_report(made, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    before, others = (folder / REPORT).stat().st_mtime_ns, digests(folder)

    def is_as_before():
        return (folder / REPORT).stat().st_mtime_ns == before and digests(folder) == others

    assert "Nothing to be done" in succeed(folder, "--cores", "2")
    succeed(folder, "-n", "--forceall")
    succeed(
        folder,
        "--cores",
        "2",
        "--forcerun",
        "paper1_tables",
        "--",
        "results/tables/paper1/differences.csv",
    )
    assert is_as_before()

    script = folder / "workflow/scripts/manifest.py"
    text = script.read_text()
    script.write_text("raise ValueError\n")
    assert snakemake(folder, "--cores", "2").returncode != 0
    assert (folder / REPORT).stat().st_mtime_ns == before
    script.write_text(text)
    succeed(folder, "--cores", "2")
    assert (folder / REPORT).stat().st_mtime_ns > before


def test_a_dry_run_before_anything_is_made(tmp_path):
    folder = new_project(tmp_path)
    succeed(folder, "-n")
    assert not (folder / REPORT).exists()
