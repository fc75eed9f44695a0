"""What Félix, Ucan-Puc, Astengo (2026) say of K-means in a network: that it is possible and useful."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from softkmeans.clustering.assignments import entmax15, hard, softmax
from softkmeans.data.dataset import Dataset
from softkmeans.embedding.gains import gains
from softkmeans.embedding.network import SIZES, Array, Term, draw, loss, split
from softkmeans.embedding.study import LONGER, RAW
from softkmeans.embedding.training import HARD, JOINT, WHITE
from softkmeans.report.ledger import EMPIRICAL, IDENTITY, Claim, Criterion, Measured, cases, register, remark

#: Points on which the gradient is checked, the step in the parameters, and T in squared units of the code.
#: Few points and a small step, since the loss has a kink wherever a unit's ReLU switches.
SOME, STEP, WARM = 20, 1e-7, 0.5

#: The soft ways to train jointly.
SOFT = [name for name, way in JOINT.items() if way.soft]


@dataclass(frozen=True)
class Evidence:
    """What the claims are measured on.

    Attributes
    ----------
    data : Dataset
        The digits.
    found : mapping
        The tables `comparison` and `limits`.
    """

    data: Dataset
    found: Mapping[str, pd.DataFrame]


CLAIMS: list[Claim[Evidence]] = []
claim = partial(register, CLAIMS, "embedding", where="Abstract, last sentences")


@claim(
    "embeddable-gradient",
    kind=IDENTITY,
    statement="K-means can be embedded in a network: reconstruction + λF_σ has the gradient that "
    "back-propagation gives, in weights and centroids.",
    criterion=Criterion("≤", 1e-6, "assignment and part of the parameters"),
    figure="limit",
)
def gradients(evidence: Evidence) -> Measured:
    """Error of the loss's derivative along a random direction, over the length of the gradient.

    It is compared with central differences at a random network of 64–64–8–64–64 units, in float64, for hard
    assignment, softmax and entmax-1.5. Directions lie within one layer or within the centroids.
    """
    points = evidence.data.points[:SOME] / WHITE
    rng = np.random.default_rng(0)
    network = draw(rng)
    parameters = np.concatenate([network, rng.normal(size=evidence.data.n_clusters * SIZES[2])])
    for assignment, name in ((hard, "hard"), (softmax, "softmax"), (entmax15, "entmax-1.5")):
        term = Term(assignment, 1.0, WARM)
        gradient = loss(parameters, points, term)[1]
        for number in range(len(SIZES)):
            direction = _within(parameters, number, rng)
            there, back = (loss(parameters + s * direction, points, term)[0] for s in (STEP, -STEP))
            slope = (there - back) / (2 * STEP)
            part = f"layer {number + 1}" if number + 1 < len(SIZES) else "centroids"
            error = abs(gradient @ direction - slope) / np.linalg.norm(gradient)
            yield cases(evidence.data.name, error, f"{name}, {part}")


def _within(parameters: Array, number: int, rng: np.random.Generator) -> Array:
    """Draw a direction within the layer of a number from 0; the number after the last is the centroids'."""
    direction = np.zeros_like(parameters)
    layers, centroids = split(direction)
    for part in layers[number] if number < len(layers) else (centroids,):
        part[:] = rng.normal(size=part.shape)
    return direction


@claim(
    "embeddable-limit",
    kind=IDENTITY,
    statement="Joint training with soft responsibilities becomes that with hard ones as σ goes to 0.",
    criterion=Criterion("≤", 1e-6, "training"),
    figure="limit",
)
def approaches(evidence: Evidence) -> Measured:
    """Distance of all parameters from those after hard training, at the smallest T.

    It is given over the distance that hard training itself covers. Both train for 10 epochs from the same
    autoencoder by the same batches.
    """
    table = evidence.found["limits"]
    coldest = table[table["temperature_ratio"] == table["temperature_ratio"].min()]
    yield cases(coldest["dataset"], coldest["distance"], coldest["method"])


def gained(evidence: Evidence, baseline: str) -> Measured:
    """Lower end of Student's 95 % interval of the gain in ARI of each soft way, paired by seed.

    λ and T were chosen by the ARI on other seeds.
    """
    name = evidence.data.name
    found = gains(evidence.found["comparison"])
    found = found[(found["baseline"] == baseline) & found["method"].isin(SOFT)]
    own = found[found["measure"] == "ari"]
    yield cases(name, own["low"], own["method"])
    for row in own.itertuples():
        yield remark(
            f"{row.method} {row.gain:+.3f} ({row.low:+.3f} to {row.high:+.3f}), better from {row.wins} of "
            f"{row.n} seeds, sign test p = {row.p_value:.2g}"
        )
    again = found.loc[found["measure"] == "ari_again", "gain"]
    yield remark(f"by K-means of the codes {again.min():+.3f} to {again.max():+.3f}")


#: Id of a claim, what joint training is compared with, and what is claimed.
USES = (
    ("useful", LONGER, "Joint training finds the digits better than an autoencoder and then K-means."),
    (
        "useful-over-hard",
        HARD,
        "Joint training finds the digits better with soft responsibilities than hard.",
    ),
    ("useful-over-pixels", RAW, "Joint training finds the digits better than K-means of the pixels."),
)
for name, baseline, statement in USES:
    claim(
        name,
        kind=EMPIRICAL,
        statement=statement,
        criterion=Criterion(">", 0, "soft way to train"),
        figure="comparison",
        baseline=baseline,
    )(gained)
