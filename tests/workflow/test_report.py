"""The report that a run of everything makes, in small and on twins."""

import csv
import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from driving import DEAD, ROOT, new_project, planned, succeed

from softkmeans.cli import main

REPORT = "results/report.html"
CAPTIONS = ROOT / "workflow" / "report"
STUDIES = ("paper1", "paper2", "sweep", "contest", "embedding")
PAGES = [*(f"results/{study}.html" for study in STUDIES), "results/claims.html", "results/explore.html"]

VERDICTS = ("holds", "holds with exceptions", "fails", "not measured")


def last_lines(said):
    """What a run says at its end, below its last job."""
    return said[said.rindex("steps (100%) done") :].splitlines()[1:]


def variable(folder, name, report=REPORT):
    """A value that the report's page holds."""
    page = (folder / report).read_text("utf-8")
    found = re.search(rf'<script id="[\w-]+">\s*var {name} = (.*);\s*</script>', page)
    assert found is not None
    return json.loads(found[1])


def test_every_figure_and_page_is_there_with_a_title_its_data_and_a_caption(finished_run):
    found = variable(finished_run, "results")
    shown = {str(file.relative_to(finished_run)) for file in finished_run.glob("results/figures/*/*.png")}
    tables = {"results/tables/sweep/summary.html", "results/tables/paper2/table1.html"}
    assert found.keys() == {*shown, *PAGES, *tables}
    for path, one in found.items():
        assert one["labels"].keys() == {"Result", "Data"}
        assert one["labels"]["Data"] in {"twin", "generated, twin", "bundled", "bundled, generated, twin"}
        if path not in PAGES:
            for part in ("Data:", "Start:", "Numbers:"):
                assert f"<strong>{part}</strong>" in one["caption"], path
        assert "system-message" not in one["caption"], path
        assert "{{" not in one["caption"], path
        assert one["data_uri"].startswith("data:")


def test_results_are_grouped_so_that_each_is_two_clicks_away(finished_run):
    groups = variable(finished_run, "categories")
    assert sorted(groups) == [
        "Claims",
        "Clustering within a network",
        "Does temperature win?",
        "Paper 1 (Inoue & Hara 2020)",
        "Paper 2 (Félix et al. 2026)",
        "Sweep",
    ]
    found = variable(finished_run, "results")
    for subgroups in groups.values():
        (paths,) = subgroups.values()  # more than one would be a click more
        titles = [found[path]["labels"]["Result"] for path in paths]
        assert len(set(titles)) == len(titles)
    assert sum(len(paths) for (paths,) in map(dict.values, groups.values())) == len(found)


def test_captions_say_what_the_configuration_is(finished_run):
    caption = variable(finished_run, "results")["results/figures/paper1/fig2-starts.png"]["caption"]
    assert "all 20 seeded random starts" in caption
    assert "s1" in caption


def test_the_description_leads_to_each_group(finished_run):
    text = variable(finished_run, "workflow_desc")
    assert "system-message" not in text
    for group in variable(finished_run, "categories"):
        name = group.replace("&", "&amp;")
        assert re.search(rf"<a [^>]*href=\"javascript:app.showCategory[^>]*>{re.escape(name)}</a>", text), (
            group
        )


def test_no_caption_is_of_a_figure_that_is_not_made(finished_run):
    shown = {str(path).removeprefix("results/") for path in variable(finished_run, "results")}
    titled = {file.relative_to(CAPTIONS).with_suffix("") for file in CAPTIONS.rglob("*.rst")}
    stems = {path.rpartition(".")[0] for path in shown} - set(STUDIES)
    assert {str(path) for path in titled} == stems | {"workflow", "study"}


def test_each_study_has_a_page_with_all_its_figures_their_captions_and_its_claims(finished_run):
    with (finished_run / "results/claims.csv").open(encoding="utf-8") as file:
        claims = {
            study: [row for row in csv.DictReader(file) if row["study"] == study] for study in ("paper1",)
        }
    for study in STUDIES:
        page = (finished_run / f"results/{study}.html").read_text("utf-8")
        figures = [file.stem for file in finished_run.glob(f"results/figures/{study}/*.png")]
        assert sorted(re.findall(r'<figure id="(.*?)">', page)) == sorted(figures)
        assert page.count("<strong>Data:</strong>") == len(figures)
        for row in claims.get(study, []):
            assert f'id="claim-{row["id"]}"' in page
            assert f'<figure id="{Path(row["figure"]).stem}">' in page


def test_the_figures_of_a_study_come_in_the_papers_order(finished_run):
    page = (finished_run / "results/paper1.html").read_text("utf-8")
    assert re.findall(r'<figure id="(.*?)">', page)[:3] == ["fig1", "fig2", "fig3"]


def test_twins_and_the_reason_are_on_the_last_screen_and_on_every_first_page(
    finished_run,
):
    said = last_lines((finished_run / "said.txt").read_text())
    assert said[0].startswith(
        "Data: TWINS, not the real data: s1, unbalance, g2-2-60; generated: moons; bundled: digits (no mirror"
    )
    assert f"{DEAD}s1.txt could not be reached" in said[0]
    pages = {name: (finished_run / f"results/{name}.html").read_text("utf-8") for name in ("index", "claims")}
    pages["report"] = variable(finished_run, "workflow_desc")
    for page in pages.values():
        assert re.search("TWINS, not the real data:(</strong>)? s1, unbalance", page)
        assert f"{DEAD}s1.txt could not be reached" in page


def test_the_last_lines_count_the_verdicts_compare_the_time_and_say_where_to_look(finished_run):
    said = last_lines((finished_run / "said.txt").read_text())
    with (finished_run / "results/claims.csv").open(encoding="utf-8") as file:
        kinds = Counter((row["kind"], row["verdict"]) for row in csv.DictReader(file))
    for kind in ("identity", "empirical"):
        part = said[1].partition(f"{kind}: ")[2].partition(";")[0].split(", ")
        assert part == [f"{n} {verdict}" for verdict in VERDICTS if (n := kinds[kind, verdict])]
    assert re.fullmatch(r"Took \d+ s; the estimate for all from the beginning was \d+ (s|min)\.", said[2])
    assert said[3] == "Look first at results/index.html"


def test_what_the_front_page_links_to_is_there(finished_run):
    links = re.findall(r'href="(.*?)"', (finished_run / "results/index.html").read_text("utf-8"))
    assert {"report.html", *(Path(page).name for page in PAGES)} == set(links)
    assert all((finished_run / "results" / link).is_file() for link in links)
    claims = (finished_run / "results/claims.html").read_text("utf-8")
    for page, figure in re.findall(r'href="(.*?)#(.*?)"', claims):
        assert f'<figure id="{figure}">' in (finished_run / "results" / page).read_text("utf-8")


class Loaded(HTMLParser):
    """Addresses that a page loads."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        if tag in {"link", "script", "img", "iframe", "source", "object"}:
            self.addresses += [value for name, value in attributes if name in {"src", "href", "data"}]


@pytest.mark.parametrize("page", [REPORT, "results/index.html", *PAGES])
def test_a_page_loads_nothing_and_is_small(finished_run, page):
    loaded = Loaded()
    loaded.feed((finished_run / page).read_text("utf-8"))
    assert [address for address in loaded.addresses if not address.startswith("data:")] == []
    assert not re.search(r"@import|url\(['\"]?(https?:)?//", (CAPTIONS / "style.css").read_text())
    assert (finished_run / page).stat().st_size < (25e6 if page == REPORT else 10e6)


@pytest.mark.parametrize("page", [REPORT, "results/index.html", *PAGES])
def test_verify_holds_every_page(finished_run, page, tmp_path, capsys):
    assert main(["verify", str(finished_run / "results")]) == 0
    assert "no difference" in capsys.readouterr().out
    shutil.copytree(finished_run / "results", tmp_path / "results")
    with (tmp_path / page).open("ab") as file:
        file.write(b"<!-- -->")
    assert main(["verify", str(tmp_path / "results")]) == 1
    assert f"changed     {Path(page).name}\n" in capsys.readouterr().out


def test_pages_are_made_anew_with_what_they_show_alone(finished_run, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished_run, folder)
    assert "Nothing to be done" in succeed(folder, "--cores", "2")
    caption = folder / "workflow/report/figures/paper1/fig1.rst"
    caption.write_text(caption.read_text() + "\nAdded.\n")
    said = succeed(folder, "--cores", "2")
    assert planned(said) == {"study_page": 1, "whole_report": 1, "manifest": 1, "all": 1}
    assert "<p>Added.</p>" in (folder / "results/paper1.html").read_text("utf-8")
    assert "Added." in variable(folder, "results")["results/figures/paper1/fig1.png"]["caption"]
    assert last_lines(said)[3] == "Look first at results/paper1.html"
    said = succeed(
        folder, "--cores", "2", "--forcerun", "paper1_tables", "--", "results/tables/paper1/runs.csv"
    )
    assert not re.search("^(Data|Claims): ", said, re.MULTILINE)


def test_a_study_alone_is_complete(tmp_path):
    folder = new_project(tmp_path)
    said = last_lines(succeed(folder, "--cores", "4", "contest"))
    page = (folder / "results/contest.html").read_text("utf-8")
    assert page.count("<figure id=") == len(list(folder.glob("results/figures/contest/*.png"))) == 2
    with (folder / "results/tables/contest/claims.csv").open(encoding="utf-8") as file:
        claims = list(csv.DictReader(file))
    assert {row["study"] for row in claims} == {"contest"}
    assert all(f'<tr id="claim-{row["id"]}"' in page for row in claims)
    assert said[0] == "Data: TWINS, not the real data: g2-2-60, unbalance"
    assert said[3] == "Look first at results/contest.html"
    assert {path.name for path in (folder / "results/data").iterdir()} == {"g2-2-60.npz", "unbalance.npz"}
    succeed(folder, "--report", "alone.html", "contest")
    shown = variable(folder, "results", "alone.html")["results/figures/contest/success.png"]
    assert shown["labels"]["Result"] == "Success against cost"


def test_a_dry_run_before_anything_is_made(tmp_path):
    folder = new_project(tmp_path)
    assert "Look first" not in succeed(folder, "-n")
    assert not (folder / REPORT).exists()
