"""The findings of `bandit-informative`."""

import numpy as np

from prefrontal.analysis.control_findings import control_findings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, averaged
from prefrontal.analysis.performance import beside, return_of
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.tables import Table, evaluations
from prefrontal.disk.records import Records

DISTRIBUTION = "bandit-informative"
RETURN = 20.50
FOLLOWED = 0.99  # of the lifetimes, at least, are the optimal one
_FIGURE = "Wang et al. 2016, section 3.1.3, figure 3"
_LEARNS = PaperClaim(
    _FIGURE, statement="the agent learns the optimal strategy: the informative arm, then the target"
)
_SEARCHES = PaperClaim(_FIGURE, statement="Thompson sampling and UCB search for the target and do worse")


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    return [
        _every_seed(evidence),
        _strategy(evidence),
        _above(evidence, "thompson", "Thompson sampling, which knows the prior"),
        _above(evidence, "ucb1", "UCB1"),
        *control_findings(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def reward_by_pull(records: list[Records]) -> Curve:
    """The mean reward of each pull; one `Records` for each training seed."""
    return curve_over_seeds([one.reward for one in records])


def _every_seed(evidence: Evidence) -> Finding:
    found, optimum = beside(evidence, "lstm", "bayes-optimal", return_of)
    claim = (
        f"The return of one more training would be at least {RETURN:.2f} (the worst of "
        f"{len(found.by_seed)}: {found.by_seed.min():.3f})"
    )
    return answer("return", claim, found.of_one_more(), optimum, _LEARNS, at_least=RETURN)


def _strategy(evidence: Evidence) -> Finding:
    followed = [_follows(records) for records in evidence.records("lstm")]
    found = averaged("proportion of lifetimes", followed, bounds=(0, 1))
    claim = (
        "The agent pulls the informative arm first and the target ever after, in at least "
        f"{FOLLOWED:.0%} of lifetimes"
    )
    return answer("strategy", claim, found, ("bayes-optimal", 1.0), _LEARNS, at_least=FOLLOWED)


def _follows(records: Records) -> np.ndarray:
    """Whether each lifetime is the optimal one.

    The informative arm is the last, and `code` tells the target.
    """
    informative = int(np.max(records.task["target"])) + 1
    target = records.task["target"].astype(int)[:, None]
    followed = (records.action[:, 0] == informative) & (records.action[:, 1:] == target).all(axis=1)
    return followed.astype(np.float64)


def _above(evidence: Evidence, name: str, title: str) -> Finding:
    found, bound = beside(evidence, "lstm", name, return_of)
    claim = f"The return of one more training would be above that of {title}"
    return answer(f"above-{name}", claim, found.of_one_more(), bound, _SEARCHES, at_least=bound[1])
