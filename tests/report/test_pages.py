"""Tables as pages."""

import io
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from softkmeans import tables
from softkmeans.data.dataset import Description, Origin
from softkmeans.report.ledger import (
    EMPIRICAL,
    EXCEPTIONS,
    FAILS,
    HOLDS,
    IDENTITY,
    KINDS,
    NOT_MEASURED,
    read_ledger,
    tally,
    write_ledger,
)
from softkmeans.report.pages import (
    Facts,
    claims_page,
    closing,
    front_page,
    shown,
    study_page,
    summary_page,
    table1_page,
    tally_text,
)

S1 = Description("s1", 10, 2, 3, Origin("real", "http://a/s1.txt", None, "12"))
TWIN = Description("a1", 10, 2, 3, Origin("twin", None, None, "34", None, ("b is down",)))

ROW = {
    "dataset": "s1",
    "method": "lse",
    "initialisation": "kmeans++",
    "temperature": 2e9,
    "temperature_ratio": 0.0163,
    "n": 10,
    "success": 0.3,
    "success_low": 0.1,
    "success_high": 0.6,
    "centroid_index": 0.8,
    "n_iterations": 12.5,
    "objective": 9.0e12,
    "ari": 0.97,
}
CLAIM = {
    "id": "a-claim",
    "study": "paper1",
    "kind": IDENTITY,
    "where": "Eq. 1",
    "claim": "1 < 2 & so",
    "measured": "<b>",
    "data": "real: s1",
    "number": 0.12345,
    "cases": 4,
    "met": 3,
    "criterion": "≤ 1 for every run",
    "verdict": EXCEPTIONS,
    "exceptions": "s1 x (1 of 2)",
    "note": "noted",
    "figure": "figures/paper1/fig1.png",
}


def cells(page):
    rows = re.findall(r"<tr[^>]*>\s*(<td>.*?)</tr>", page, re.DOTALL)
    return [[" ".join(cell.split()) for cell in re.findall("<td>(.*?)</td>", row, re.DOTALL)] for row in rows]


def test_each_row_of_the_summary_is_shown_and_each_data_set_is_a_table():
    page = summary_page(pd.DataFrame([ROW, ROW | {"method": "entropy"}, ROW | {"dataset": "a<b"}]))
    shown = ["kmeans++", "0.0163", "10", "30%", "10% to 60%", "0.80", "12.5", "9e+12", "0.970"]
    assert cells(page) == [["lse", *shown], ["entropy", *shown], ["lse", *shown]]
    assert page.count("<th>") == 2 * (len(shown) + 1)
    assert re.findall("<summary>(.*?)</summary>", page) == ["s1", "a&lt;b"]
    assert page.count("<details open>") == 1


def test_what_is_not_known_is_a_dash_and_so_is_the_temperature_of_kmeans():
    unknown = dict.fromkeys(("success", "success_low", "success_high", "centroid_index", "ari"), np.nan)
    page = summary_page(pd.DataFrame([ROW | unknown | {"temperature": 0.0, "temperature_ratio": 0.0}]))
    assert cells(page) == [["lse", "kmeans++", "–", "10", "–", "–", "–", "12.5", "9e+12", "–"]]


def test_the_ledger_is_shown_whole_needs_nothing_from_elsewhere_and_shows_signs_as_they_are():
    rows = [
        CLAIM,
        CLAIM | {"id": "other", "study": "new", "verdict": FAILS, "number": None, "note": "", "data": ""},
    ]
    page = claims_page(rows, [S1])
    first, second = cells(page)
    assert KINDS[IDENTITY] in page
    assert first[0] == f'<span class="verdict exceptions">{EXCEPTIONS}</span>'
    assert first[1:3] == ["Paper 1: Inoue &amp; Hara (2020)", IDENTITY]
    assert first[3].startswith("1 &lt; 2 &amp; so<br>")
    assert first[4].startswith("&lt;b&gt;<br>")
    for text in ("0.1235", "≤ 1 for every run", "met by 3 of 4", "except: s1 x (1 of 2)", "note: noted"):
        assert text in first[4]
    link = '<a href="paper1.html#fig1" data-result="results/figures/paper1/fig1.png">paper1/<wbr>fig1</a>'
    assert first[5:] == ["real: s1", link]
    assert second[1] == "New"  # a study that this page has no title for
    assert ">–</span>" in second[4]
    assert "note:" not in second[4]
    assert second[5] == "–"
    assert '<tr id="claim-other" data-study="new" data-kind="identity" data-verdict="fails">' in page
    assert "TWINS" not in page
    assert not re.search(r"https?:| src=", page)


def test_many_exceptions_are_folded_and_few_are_not():
    many = "; ".join(f"s1 kmeans++ {n}" for n in range(20))
    (row,) = cells(claims_page([CLAIM | {"exceptions": many}], [S1]))
    assert f"<summary>exceptions: 20</summary>{many}</details>" in row[4]
    (row,) = cells(claims_page([CLAIM], [S1]))
    assert "<details" not in row[4]


def test_what_a_reader_of_a_study_has_to_know_is_beside_its_claims_too():
    said = "Its text was not at hand"
    assert said in claims_page([CLAIM, CLAIM | {"study": "paper2"}], [S1])
    assert said not in claims_page([CLAIM], [S1])


def test_each_page_leads_back_to_the_first_and_the_kinds_that_there_are_are_told():
    facts = Facts("now", None, "1.0", 7, [S1])
    for page in (claims_page([CLAIM], [S1]), study_page("paper1", facts, [CLAIM], [])):
        assert '<a href="index.html">All results</a>' in page
    for page in (claims_page([CLAIM], [S1]), front_page(facts, [CLAIM], {"paper1": 3})):
        assert KINDS[IDENTITY] in page
        assert KINDS[EMPIRICAL] not in page


def test_a_ledger_read_from_its_csv_is_that_which_was_written(tmp_path):
    rows, said = [CLAIM | {"note": ""}, CLAIM | {"number": None, "where": "NA"}], []
    write_ledger(tables.from_rows("claims", rows), tmp_path / "c.csv", said.append)
    assert read_ledger(tmp_path / "c.csv") == rows
    assert said == [f"{CLAIM['id']}: {CLAIM['verdict']}"] * 2


def test_verdicts_are_counted_by_kind():
    rows = [
        CLAIM | {"kind": kind, "verdict": verdict}
        for kind, verdict in ((IDENTITY, HOLDS), (EMPIRICAL, FAILS), (EMPIRICAL, FAILS), (EMPIRICAL, HOLDS))
    ]
    assert tally(rows) == {
        IDENTITY: {HOLDS: 1, EXCEPTIONS: 0, FAILS: 0, NOT_MEASURED: 0},
        EMPIRICAL: {HOLDS: 1, EXCEPTIONS: 0, FAILS: 2, NOT_MEASURED: 0},
    }
    assert tally_text(rows) == "identity: 1 holds; empirical: 1 holds, 2 fails"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([S1], "real: s1"),
        ([S1, TWIN], "TWINS, not the real data: a1; real: s1 (no mirror could be reached: b is down)"),
        ([replace(TWIN, origin=replace(TWIN.origin, rejected=()))], "TWINS, not the real data: a1"),
    ],
)
def test_the_last_lines_and_the_first_page_say_whether_the_data_are_real(data, said):
    lines = closing(data, [CLAIM], "results/index.html", 12.3, "50 s")
    assert lines[0] == f"Data: {said}"
    assert lines[1] == "Claims: identity: 1 holds with exceptions"
    assert "12 s" in lines[2]
    assert "50 s" in lines[2]
    assert lines[3].endswith("results/index.html")
    facts = Facts("now", {"commit": "0123456789abcdef", "dirty": True}, "1.0", 7, data)
    for page in (front_page(facts, [CLAIM], {"paper1": 3}), study_page("paper1", facts, [CLAIM], [])):
        assert ("TWINS, not the real data:</strong> a1." in page) == ("TWINS" in said)
        assert ("No mirror could be reached: b is down." in page) == ("b is down" in said)
        assert "version 1.0, commit 0123456789ab, with changes that are not committed" in page


def test_the_front_page_leads_to_every_other():
    facts = Facts("now", None, "1.0", 7, [S1])
    page = front_page(facts, [CLAIM, CLAIM], {"paper1": 3, "new": 2})
    links = re.findall(r'<li><a href="(.*?)">(.*?)</a><br>(.*?)</li>', page)
    assert links[:2] == [
        ("paper1.html", "Paper 1: Inoue &amp; Hara (2020)", "3 figures, 2 claims"),
        ("new.html", "New", "2 figures, 0 claims"),
    ]
    assert [address for address, *_ in links[2:]] == ["claims.html", "explore.html", "report.html"]


CAPTION = """Two lines & more
================

{% set paper = snakemake.config["paper1"] %}
On {{ paper.dataset }}, as *it* is.
"""


@pytest.mark.parametrize(
    ("file", "name", "title"),
    [
        ("fig1.png", "fig1", "Two lines &amp; more"),
        ("fig1-1.png", "fig1", "Two lines &amp; more, page 1"),
        ("fig1-2.png", "fig1-2", "Two lines &amp; more, page 2"),
    ],
)
def test_a_figure_is_beside_its_caption_and_its_claims_and_is_the_same_picture(tmp_path, file, name, title):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / file)
    other = CLAIM | {"id": "other", "figure": "figures/paper1/fig2.png"}
    found = shown(tmp_path / file, CAPTION, {"paper1": {"dataset": "s1"}}, [CLAIM, other])
    assert (found.name, found.title) == (name, title)
    assert "<p>On s1, as <em>it</em> is.</p>" in found.caption
    assert [row["id"] for row in found.claims] == ["a-claim"]
    kept = Image.open(io.BytesIO(b64decode(found.image.removeprefix("data:image/webp;base64,"))))
    np.testing.assert_array_equal(np.asarray(kept.convert("RGB")), pixels)
    page = study_page("paper1", Facts("now", None, "1.0", 7, [S1]), [CLAIM, other], [found])
    figure = page[page.index(f'<figure id="{name}">') : page.index("</figure>")]
    for part in (found.image, title, "On s1", '<a href="#claim-a-claim">', "0.1235", "met by 3 of 4"):
        assert part in figure
    assert "claim-other" not in figure
    assert f'<a href="#{name}">' in page[: page.index("<figure")]


TABLE1 = {
    "dataset": "s<1",
    "protocol": "sigma-wise",
    "margin": 0.00123456,
    "centroids": 15,
    "slope_ratio": 1.00023,
    "slope_worst": 0.98765,
    "bounds": 70,
    "bounds_hold": 69,
    "predicted_sigma": 0.0175678,
    "exact_sigma": 0.0175634,
    "largest_softmax": 1.5e-5,
    "error_softmax": 1e-9,
    "drawup_softmax": 0.0375,
    "last_rise_softmax": 0.0211,
    "monotone_share_softmax": 0.25,
    "unconverged_softmax": 3,
    "largest_entmax15": 0.0,
    "error_entmax15": 1e-9,
    "drawup_entmax15": np.inf,
    "last_rise_entmax15": np.nan,
    "monotone_share_entmax15": 1.0,
    "unconverged_entmax15": 0,
}


def test_each_row_of_table_1_is_shown_with_where_its_data_are_from():
    unknown = {"margin": np.nan, "slope_ratio": np.nan, "slope_worst": np.nan}
    table = pd.DataFrame([TABLE1, TABLE1 | {"protocol": "initialisation-wise"} | unknown])
    page = table1_page(table, {"s<1": "twin"})
    heads = ["<td>s&lt;1</td>", '<td class="twin">twin</td>', "<td>sigma-wise</td>"]
    assert "".join(heads) in page
    plain = page.replace(' class="twin"', "")
    rest = ["69 of 70", "0.01757", "0.01756", "1.5e-05", "3.75%", "0.0211", "25%", "3"]
    rest += ["0", "no fall", "–", "100%", "0"]
    assert cells(plain) == [
        ["s&lt;1", "twin", "sigma-wise", "0.00123", "1.0002", "0.9877", *rest],
        ["s&lt;1", "twin", "initialisation-wise", "–", "–", "–", *rest],
    ]
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[:2]
    spans = [sum(int(n) for n in re.findall(r'colspan="(\d+)"', row)) for row in rows]
    assert spans[0] + rows[0].count("rowspan") == len(cells(plain)[0])
    assert rows[1].count("<th>") == spans[0]
