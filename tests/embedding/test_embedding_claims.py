"""Claims about clustering within a network: what is measured, and a wrong method planted for each."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from softkmeans import tables
from softkmeans.data.bundled import load_digits
from softkmeans.embedding import claims, network, study
from softkmeans.embedding.claims import CLAIMS, SOFT, Evidence
from softkmeans.embedding.study import LONGER, RAW, approach
from softkmeans.embedding.training import HARD, JOINT, Setting
from softkmeans.report.ledger import EMPIRICAL, FAILS, HOLDS, IDENTITY, make_ledger

USES = {"useful": LONGER, "useful-over-hard": HARD, "useful-over-pixels": RAW}


def compared(**means):
    """A comparison in which every way has a mean ARI, from seeds that matter more than the ways do."""
    rng = np.random.default_rng(0)
    seeds = rng.normal(scale=0.1, size=12)
    methods = dict.fromkeys((RAW, "autoencoder", LONGER, *JOINT), 0.5) | means
    rows = [
        {"method": method, "repeat": repeat, "ari": mean + seeds[repeat] + 0.01 * rng.normal()}
        for method, mean in methods.items()
        for repeat in range(12)
    ]
    return pd.DataFrame(rows).assign(ari_again=lambda table: table["ari"] - 0.1)


def soft_at(mean):
    return dict.fromkeys(SOFT, mean)


@pytest.fixture(scope="module")
def evidence():
    """The first digits, a limit measured on them, and a comparison in which soft ways gain a little."""
    digits = load_digits()
    data = replace(digits, points=digits.points[:300], labels=digits.labels[:300])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "FEW_EPOCHS", 2)
        limits = tables.frame(approach(data, 7, Setting(1, 1, (1.0,), (0.1,)), 1.0))
    return Evidence(data, {"limits": limits, "comparison": compared(**soft_at(0.55))})


def measured(evidence):
    return {row["id"]: row for row in make_ledger(CLAIMS, evidence, {"digits": "bundled"}).to_pylist()}


def of_slopes(change):
    """Another gradient of the free energy."""

    def plant(evidence, patch):
        right = network.free_energy
        patch.setattr(network, "free_energy", lambda *given: change(*right(*given)))
        return evidence

    return plant


def wrong_layer(evidence, patch):
    """A gradient that forgets the ReLU of the decoder."""
    right = network.loss

    def loss(parameters, points, term=None):
        value = right(parameters, points, term)[0]
        with pytest.MonkeyPatch.context() as inner:
            forward = network.forward(parameters, points)
            inner.setattr(network, "forward", lambda *_: forward)
            inner.setattr(network, "RECTIFIED", (1,))
            return value, right(parameters, points, term)[1]

    patch.setattr(claims, "loss", loss)
    return evidence


def wrong_limits(evidence, patch):
    warm = evidence.found["limits"].query("temperature_ratio == 0.1").assign(temperature_ratio=1e-8)
    return replace(evidence, found=dict(evidence.found) | {"limits": warm})


def compared_instead(**means):
    return lambda evidence, patch: replace(
        evidence, found=dict(evidence.found) | {"comparison": compared(**means)}
    )


PLANTS = [
    ("embeddable-gradient", "pulls codes away", of_slopes(lambda f, z, c: (f, -z, c))),
    ("embeddable-gradient", "centroids do not move", of_slopes(lambda f, z, c: (f, z, 0 * c))),
    ("embeddable-gradient", "twice the free energy", of_slopes(lambda f, z, c: (2 * f, z, c))),
    ("embeddable-gradient", "no ReLU", wrong_layer),
    ("embeddable-limit", "too warm", wrong_limits),
    *(
        (name, what, compared_instead(**{baseline: mean}, **soft_at(0.55)))
        for name, baseline in USES.items()
        for what, mean in (("no gain", 0.55), ("a loss", 0.6))
    ),
    *((name, "one way loses", compared_instead(**soft_at(0.55) | {SOFT[1]: 0.45})) for name in USES),
]


@pytest.mark.parametrize(("name", "what", "plant"), PLANTS, ids=[f"{n}: {what}" for n, what, _ in PLANTS])
def test_a_wrong_method_fails(evidence, monkeypatch, name, what, plant):
    assert measured(plant(evidence, monkeypatch))[name]["verdict"] == FAILS


def test_every_claim_has_a_wrong_method_planted():
    assert {name for name, *_ in PLANTS} == {claim.id for claim in CLAIMS}


def test_without_anything_planted_the_claims_hold(evidence):
    found = measured(evidence)
    assert {name: row["verdict"] for name, row in found.items()} == dict.fromkeys(found, HOLDS)
    assert found["embeddable-gradient"]["cases"] == 3 * 5
    assert found["embeddable-limit"]["number"] == 0
    assert found["embeddable-limit"]["cases"] == 2 * 2
    for name in USES:
        assert found[name]["cases"] == len(SOFT) == 4
        assert found[name]["note"].startswith("joint-softmax +0.0")
        assert "better from 12 of 12 seeds, sign test p = 0.00049" in found[name]["note"]
        assert 0.03 < found[name]["number"] < 0.05
    assert found["useful"]["note"].startswith("joint-softmax +0.045 (+0.038 to +0.053), ")
    kinds = {name: row["kind"] for name, row in found.items()}
    assert kinds == {
        "embeddable-gradient": IDENTITY,
        "embeddable-limit": IDENTITY,
        **dict.fromkeys(USES, EMPIRICAL),
    }
    assert {row["data"] for row in found.values()} == {"bundled: digits"}


def test_the_hard_way_is_not_asked_for_a_gain(evidence):
    hard = compared_instead(**{HARD: 0.1}, **soft_at(0.55))(evidence, None)
    assert measured(hard)["useful"]["verdict"] == HOLDS
