"""The findings of `bandit-informative`."""

import numpy as np

from prefrontal.analysis.control_findings import control_findings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged, total_return
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.tables import Table, evaluations
from prefrontal.disk.records import Records

DISTRIBUTION = "bandit-informative"
RETURN = 20.50
_FIGURE = "Wang et al. 2016, section 3.1.3, figure 3"
_LEARNS = PaperClaim(
    _FIGURE, statement="the agent learns the optimal strategy: the informative arm, then the target"
)
_SEARCHES = PaperClaim(_FIGURE, statement="Thompson sampling and UCB search for the target and do worse")


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    found = total_return(evidence, "lstm")
    return [
        _every_seed(evidence, found),
        _strategy(evidence),
        _above(evidence, found, "thompson", "Thompson sampling, which knows the prior,"),
        _above(evidence, found, "ucb1", "UCB1"),
        *control_findings(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def reward_by_pull(records: list[Records]) -> Curve:
    """The mean reward of each pull; one `Records` for each training seed."""
    return curve_over_seeds([one.reward for one in records])


def _every_seed(evidence: Evidence, found: Measure) -> Finding:
    optimum = evidence.reference("bayes-optimal", DISTRIBUTION).total_return
    claim = f"The return is at least {RETURN:.2f} on every seed (the worst: {found.by_seed.min():.3f})"
    return answer(
        "return", claim, found, ("bayes-optimal", optimum), _LEARNS, bool(found.by_seed.min() >= RETURN)
    )


def _strategy(evidence: Evidence) -> Finding:
    followed = [_follows(records) for records in evidence.records("lstm")]
    found = averaged("proportion of lifetimes", followed)
    claim = (
        "The agent pulls the informative arm first and the target ever after, in at least 99 % of lifetimes"
    )
    return answer("strategy", claim, found, ("bayes-optimal", 1.0), _LEARNS, found.value >= 0.99)


def _follows(records: Records) -> np.ndarray:
    """Whether each lifetime is the optimal one.

    The informative arm is the last, and `code` tells the target.
    """
    informative = int(np.max(records.task["target"])) + 1
    target = records.task["target"].astype(int)[:, None]
    followed = (records.action[:, 0] == informative) & (records.action[:, 1:] == target).all(axis=1)
    return followed.astype(np.float64)


def _above(evidence: Evidence, found: Measure, name: str, title: str) -> Finding:
    row = evidence.reference(name, DISTRIBUTION)
    claim = f"The return is above that of {title} on every seed"
    holds = bool(found.by_seed.min() > row.total_return)
    return answer(f"above-{name}", claim, found, (name, row.total_return), _SEARCHES, holds)
