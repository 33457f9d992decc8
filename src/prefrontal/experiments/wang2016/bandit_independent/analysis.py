"""The findings of `bandit-independent`."""

from prefrontal.analysis.control_findings import control_findings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer
from prefrontal.analysis.performance import beside, compared
from prefrontal.analysis.tables import Table, evaluations

MEAN_REGRET = 1.90
ANY_SEED = 2.05
FROM_SAMPLES = 2.10  # the mean regret of agents trained from sampled rewards
_FIGURE = "Wang et al. 2016, section 3.1.1, figure 2a"
_ORDER = PaperClaim(
    _FIGURE, statement="regret below Thompson sampling's and UCB's, above Gittins' (best 5 of 100 runs)"
)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    return [
        _mean(evidence),
        _every_seed(evidence),
        _below(evidence, "thompson", "Thompson sampling"),
        _below(evidence, "ucb1", "UCB1"),
        _gittins(evidence),
        *_from_samples(evidence),
        *control_findings(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def _mean(evidence: Evidence) -> Finding:
    found, optimum = beside(evidence, "lstm", "bayes-optimal")
    claim = f"The mean regret over trainings is at most {MEAN_REGRET:.2f}"
    return answer("regret", claim, found, optimum, _ORDER, at_most=MEAN_REGRET)


def _every_seed(evidence: Evidence) -> Finding:
    found, optimum = beside(evidence, "lstm", "bayes-optimal")
    claim = (
        f"The regret of one more training would not be above {ANY_SEED:.2f} (the worst of "
        f"{len(found.by_seed)}: {found.by_seed.max():.3f})"
    )
    return answer("every-seed", claim, found.of_one_more(), optimum, _ORDER, at_most=ANY_SEED)


def _below(evidence: Evidence, name: str, title: str) -> Finding:
    found, bound = beside(evidence, "lstm", name)
    claim = f"The regret of one more training would be below {title}'s"
    return answer(f"below-{name}", claim, found.of_one_more(), bound, _ORDER, at_most=bound[1])


def _from_samples(evidence: Evidence) -> list[Finding]:
    """The mean regret of the agent trained from sampled rewards, if there is one."""
    if "lstm-sampled" not in evidence.conditions:
        return []
    found, optimum = beside(evidence, "lstm-sampled", "bayes-optimal")
    claim = f"Trained from sampled rewards, the mean regret over trainings is at most {FROM_SAMPLES:.2f}"
    return [answer("lstm-sampled", claim, found, optimum, _ORDER, at_most=FROM_SAMPLES)]


def _gittins(evidence: Evidence) -> Finding:
    found = compared(evidence, "lstm", "gittins")
    claim = "Gittins' indices do better than the agent: the difference in regret, task by task, is above zero"
    paper = PaperClaim(_FIGURE, statement="Gittins' indices do better than the agent")
    return answer("gittins", claim, found, ("gittins", 0.0), paper, at_least=0.0)
