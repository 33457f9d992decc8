"""The findings of `bandit-dependent`."""

import itertools

import numpy as np

from prefrontal.analysis.control_findings import control_findings, no_reward
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, regret
from prefrontal.analysis.tables import Table, evaluations

KINDS = ("independent", "dependent-uniform", "dependent-easy", "dependent-medium", "dependent-hard")
TOLERANCE = 0.15
CONTROLLED = "lstm-dependent-medium"
OPTIMA = {"independent": "bayes-optimal-independent", "dependent": "bayes-optimal-dependent"}
_SECTION = "Wang et al. 2016, section 3.1.2"
_LEARNS = PaperClaim(
    f"{_SECTION}, figure 2b-e", statement="the agent outperforms Gittins, UCB and Thompson sampling"
)
_ORDER = PaperClaim(_SECTION, statement="easy tasks are easier than medium ones, and those than hard ones")
_CARRIES = PaperClaim(
    f"{_SECTION}, figure 2d-f",
    statement="trained on the medium distribution, the agent does well on easy and hard",
)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    trained = [kind for kind in KINDS[1:] if f"lstm-{kind}" in evidence.conditions]
    return [
        *(_near_optimum(evidence, kind) for kind in trained),
        _order(evidence, trained),
        *(_carries(evidence, kind) for kind in ("dependent-easy", "dependent-hard")),
        *control_findings(evidence, CONTROLLED, f"{CONTROLLED}-"),
        *_blind_on_easy(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def matrix(evidence: Evidence, kinds: list[str]) -> np.ndarray:
    """Regret of the agent trained on each row's distribution, on each column's: means over seeds."""
    return np.array(
        [
            [evidence.final_regret(f"lstm-{row}", f"bandit-{column}").mean() for column in KINDS]
            for row in kinds
        ]
    )


def theoretical_matrix(evidence: Evidence, kinds: list[str]) -> np.ndarray:
    """The same for the policies that are exactly optimal for each row's distribution."""
    rows = [OPTIMA["independent" if kind == "independent" else "dependent"] for kind in kinds]
    return np.array(
        [[evidence.reference_regret(row, f"bandit-{column}") for column in KINDS] for row in rows]
    )


def _near_optimum(evidence: Evidence, kind: str) -> Finding:
    found = regret(evidence, f"lstm-{kind}")
    optimum = evidence.reference_regret("bayes-optimal", f"bandit-{kind}")
    claim = (
        f"Trained and tested on {kind}, regret is within {TOLERANCE} of the optimum on every seed "
        f"(the worst: {found.by_seed.max():.3f})"
    )
    holds = bool(found.by_seed.max() <= optimum + TOLERANCE)
    return answer(f"regret-{kind}", claim, found, ("bayes-optimal", optimum), _LEARNS, holds)


def _order(evidence: Evidence, trained: list[str]) -> Finding:
    regrets = [regret(evidence, f"lstm-{kind}") for kind in KINDS[2:] if kind in trained]
    claim = "Regret is lowest on easy, then medium, then hard tasks, on every seed"
    holds = all((low.by_seed < high.by_seed).all() for low, high in itertools.pairwise(regrets))
    optimum = evidence.reference_regret("bayes-optimal", "bandit-dependent-medium")
    return answer("order", claim, regrets[1], ("bayes-optimal", optimum), _ORDER, holds)


def _blind_on_easy(evidence: Evidence) -> list[Finding]:
    """The paper says it of the easy tasks, too; nothing where that control was not run."""
    prefix = "lstm-dependent-easy-"
    if f"{prefix}no-reward" not in evidence.conditions:
        return []
    return [no_reward(evidence, prefix, id="no-reward-easy", tasks=" on easy tasks as well")]


def _carries(evidence: Evidence, kind: str) -> Finding:
    found = regret(evidence, CONTROLLED, f"bandit-{kind}")
    bound = evidence.reference_regret("thompson", f"bandit-{kind}")
    claim = (
        f"Trained on dependent-medium and tested on {kind}, regret is below Thompson sampling's on every seed"
    )
    holds = bool(found.by_seed.max() < bound)
    return answer(f"carries-to-{kind}", claim, found, ("thompson", bound), _CARRIES, holds)
