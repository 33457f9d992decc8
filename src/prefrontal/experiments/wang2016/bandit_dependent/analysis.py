"""The findings of `bandit-dependent`."""

import itertools

import numpy as np

from prefrontal.analysis.control_findings import control_findings, no_reward
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, difference_elsewhere
from prefrontal.analysis.performance import beside, by_life, compared, regret
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
        *_order(evidence, [kind for kind in KINDS[2:] if kind in trained]),
        *(_carries(evidence, kind) for kind in ("dependent-easy", "dependent-hard")),
        *control_findings(evidence, CONTROLLED, f"{CONTROLLED}-"),
        *_blind_on_easy(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def matrix(evidence: Evidence, kinds: list[str]) -> np.ndarray:
    """Regret of the agent trained on each row's distribution, on each column's: means over trainings."""
    return np.array(
        [[np.mean(by_life(evidence, f"lstm-{row}", f"bandit-{column}")) for column in KINDS] for row in kinds]
    )


def theoretical_matrix(evidence: Evidence, kinds: list[str]) -> np.ndarray:
    """The same for the policies that are exactly optimal for each row's distribution."""
    rows = [OPTIMA["independent" if kind == "independent" else "dependent"] for kind in kinds]
    return np.array(
        [[evidence.reference_regret(row, f"bandit-{column}") for column in KINDS] for row in rows]
    )


def _near_optimum(evidence: Evidence, kind: str) -> Finding:
    found, optimum = beside(evidence, f"lstm-{kind}", "bayes-optimal")
    claim = (
        f"Trained and tested on {kind}, the regret of one more training would be within {TOLERANCE} of the "
        f"optimum (the worst of {len(found.by_seed)}: {found.by_seed.max():.3f})"
    )
    most = optimum[1] + TOLERANCE
    return answer(f"regret-{kind}", claim, found.of_one_more(), optimum, _LEARNS, at_most=most)


def _order(evidence: Evidence, trained: list[str]) -> list[Finding]:
    """Easy, then medium, then hard: each against the next, with other tasks and other trainings."""
    found = []
    for easier, harder in itertools.pairwise(trained):
        low, high = (regret(evidence, f"lstm-{kind}") for kind in (easier, harder))
        error = float(np.hypot(low.task_error or 0.0, high.task_error or 0.0))
        name = f"regret on {harder} less that on {easier}"
        apart = difference_elsewhere(name, high.by_seed, low.by_seed, error)
        claim = f"Regret is lower on {easier} than on {harder} tasks"
        best = [evidence.reference_regret("bayes-optimal", f"bandit-{kind}") for kind in (harder, easier)]
        id = f"order-{easier.removeprefix('dependent-')}-{harder.removeprefix('dependent-')}"
        found.append(answer(id, claim, apart, ("bayes-optimal", best[0] - best[1]), _ORDER, at_least=0.0))
    return found


def _blind_on_easy(evidence: Evidence) -> list[Finding]:
    """The paper says it of the easy tasks, too; nothing where that control was not run."""
    prefix = "lstm-dependent-easy-"
    if f"{prefix}no-reward" not in evidence.conditions:
        return []
    return [no_reward(evidence, prefix, id="no-reward-easy", tasks=" on easy tasks as well")]


def _carries(evidence: Evidence, kind: str) -> Finding:
    found = compared(evidence, CONTROLLED, "thompson", f"bandit-{kind}")
    claim = (
        f"Trained on dependent-medium and tested on {kind}, one more training would have less regret than "
        "Thompson sampling"
    )
    return answer(f"carries-to-{kind}", claim, found.of_one_more(), ("thompson", 0.0), _CARRIES, at_most=0.0)
