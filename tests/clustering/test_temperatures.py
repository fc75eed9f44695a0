"""Temperatures as they are written."""

import math

import pytest

from softkmeans.clustering.temperatures import Temperature


@pytest.mark.parametrize("text", ["0.2 Tc", "0.2Tc", " 0.2   Tc ", "2e-1 Tc"])
def test_relative_temperatures(text):
    temperature = Temperature.parse(text)
    assert temperature == Temperature(0.2, relative=True) == Temperature.parse(temperature.written())
    assert temperature.absolute(50.0) == pytest.approx(10.0)


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3e0 ", Temperature(3.0)])
def test_absolute_temperatures(value):
    temperature = Temperature.parse(value)
    assert temperature == Temperature(3.0) == Temperature.parse(temperature.written())
    assert temperature.absolute(50.0) == 3.0


@pytest.mark.parametrize(
    "value",
    [
        "Tc",
        "",
        "0",
        "-1",
        "nan",
        "inf Tc",
        "1e999",
        "1e-999",
        "1 tc",
        "３",
        "３ Tc",
        True,
        None,
        [1],
        math.nan,
    ],
)
def test_other_things_are_no_temperatures(value):
    with pytest.raises(ValueError, match="temperature"):
        Temperature.parse(value)
