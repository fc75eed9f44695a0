"""The page of the sweep's summary."""

import re

import numpy as np
import pandas as pd
from softkmeans.sweep.summary_page import COLUMNS, render

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


def cells(page):
    rows = re.findall(r"<tr>((?:<td>.*?</td>)+)</tr>", page)
    return [re.findall("<td>(.*?)</td>", row) for row in rows]


def test_each_row_is_shown_and_each_data_set_is_a_table():
    page = render(pd.DataFrame([ROW, ROW | {"method": "entropy"}, ROW | {"dataset": "a1"}]))
    shown = ["kmeans++", "0.0163", "10", "30%", "10% to 60%", "0.80", "12.5", "9e+12", "0.970"]
    assert cells(page) == [["lse", *shown], ["entropy", *shown], ["lse", *shown]]
    assert len(shown) + 1 == len(COLUMNS)
    assert re.findall("<summary>(.*?)</summary>", page) == ["s1", "a1"]
    assert page.count("<details open>") == 1


def test_what_is_not_known_is_a_dash_and_so_is_the_temperature_of_kmeans():
    unknown = dict.fromkeys(("success", "success_low", "success_high", "centroid_index", "ari"), np.nan)
    page = render(pd.DataFrame([ROW | unknown | {"temperature": 0.0, "temperature_ratio": 0.0}]))
    assert cells(page) == [["lse", "kmeans++", "–", "10", "–", "–", "–", "12.5", "9e+12", "–"]]


def test_names_of_the_users_are_escaped():
    assert "<summary>a&lt;b</summary>" in render(pd.DataFrame([ROW | {"dataset": "a<b"}]))
