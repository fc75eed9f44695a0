"""Tables as pages."""

import re

import numpy as np
import pandas as pd

from softkmeans import tables
from softkmeans.report.ledger import (
    BY_CONSTRUCTION,
    EMPIRICAL,
    EXCEPTIONS,
    FAILS,
    HOLDS,
    IDENTITY,
    KINDS,
    NOT_MEASURED,
)
from softkmeans.report.pages import claims_page, summary_page, table1_page

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
        CLAIM
        | {"id": "other", "study": "paper2", "verdict": FAILS, "number": np.nan, "note": "", "data": ""},
    ]
    page = claims_page(tables.make("claims", {name: [row[name] for row in rows] for name in CLAIM}))
    *counts, first, second = cells(page)
    assert [row[:5] for row in counts] == [
        [IDENTITY, "–", "1", "1", "–"],
        [BY_CONSTRUCTION, "–", "–", "–", "–"],
        [EMPIRICAL, "–", "–", "–", "–"],
    ]
    assert [row[5] for row in counts] == list(KINDS.values())
    assert first[0] == f'<span class="verdict exceptions">{EXCEPTIONS}</span>'
    assert first[1] == IDENTITY
    assert first[2].startswith("1 &lt; 2 &amp; so<br>")
    assert first[3].startswith("&lt;b&gt;<br>")
    for text in ("0.1235", "≤ 1 for every run", "met by 3 of 4", "except: s1 x (1 of 2)", "note: noted"):
        assert text in first[3]
    assert first[4:] == ["real: s1", '<a href="figures/paper1/fig1.png">paper1/fig1</a>']
    assert ">–</span>" in second[3]
    assert "note:" not in second[3]
    assert second[4] == "–"
    assert '<tr id="other">' in page
    assert "2 claims." in page
    heads = re.findall(r'<th><span class="verdict [a-z]+">(.*?)</span></th>', page)
    assert heads == [HOLDS, EXCEPTIONS, FAILS, NOT_MEASURED]
    assert not re.search(r"https?:| src=", page)


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
