"""What the papers claim, each as a measured check: the ledger."""

import pyarrow as pa

from softkmeans.claims import paper1, paper2
from softkmeans.claims.evidence import Evidence
from softkmeans.claims.ledger import Claim, make_ledger


def all_claims(evidence: Evidence) -> tuple[Claim, ...]:
    """Every claim, in the order of the papers."""
    return paper1.CLAIMS + paper2.CLAIMS + paper2.collapse_claims([p.name for p in evidence.problems])


def ledger(evidence: Evidence) -> pa.Table:
    """Measure every claim: the table `claims`."""
    return make_ledger(all_claims(evidence), evidence)
