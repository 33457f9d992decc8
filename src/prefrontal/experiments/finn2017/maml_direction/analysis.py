"""The findings of `maml-direction`."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding
from prefrontal.experiments.finn2017 import adapting
from prefrontal.experiments.finn2017.adapting import tables

LEAST = (0.45, 0.6)  # the scores after one and two inner steps
BEYOND_JOINT = (0.0, 0.0)
BLIND = 0.02  # without learning in the task nothing can be earned


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    return adapting.findings(evidence, LEAST, BEYOND_JOINT, BLIND)


__all__ = ["findings", "tables"]
