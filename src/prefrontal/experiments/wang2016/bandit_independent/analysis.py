"""The findings of `bandit-independent`."""

from prefrontal.analysis.control_findings import control_findings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim, ReferenceValue
from prefrontal.analysis.measures import Measure, answer, regret
from prefrontal.analysis.statistics.comparison import count_below, regret_difference
from prefrontal.analysis.tables import Table, evaluations

DISTRIBUTION = "bandit-independent"
MEAN_REGRET = 1.90
ANY_SEED = 2.05
_FIGURE = "Wang et al. 2016, section 3.1.1, figure 2a"
_ORDER = PaperClaim(
    _FIGURE, statement="regret below Thompson sampling's and UCB's, above Gittins' (best 5 of 100 runs)"
)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    found = regret(evidence, "lstm")
    return [
        _mean(evidence, found),
        _every_seed(evidence, found),
        _below(evidence, found, "thompson", "Thompson sampling"),
        _below(evidence, found, "ucb1", "UCB1"),
        _gittins(evidence),
        *control_findings(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return and regret."""
    return {"evaluations": evaluations(evidence)}


def _reference(evidence: Evidence, name: str) -> tuple[str, float]:
    return name, evidence.reference_regret(name, DISTRIBUTION)


def _mean(evidence: Evidence, found: Measure) -> Finding:
    claim = f"The mean regret over seeds is at most {MEAN_REGRET:.2f}"
    optimum = _reference(evidence, "bayes-optimal")
    return answer("regret", claim, found, optimum, _ORDER, found.value <= MEAN_REGRET)


def _every_seed(evidence: Evidence, found: Measure) -> Finding:
    claim = f"No seed's regret is above {ANY_SEED:.2f} (the worst: {found.by_seed.max():.3f})"
    optimum = _reference(evidence, "bayes-optimal")
    return answer("every-seed", claim, found, optimum, _ORDER, bool(found.by_seed.max() <= ANY_SEED))


def _below(evidence: Evidence, found: Measure, name: str, title: str) -> Finding:
    bound = _reference(evidence, name)
    below, seeds = count_below(found.by_seed, bound[1]), len(found.by_seed)
    claim = f"Regret is below {title}'s on at least nine seeds of ten (here on {below} of {seeds})"
    return answer(f"below-{name}", claim, found, bound, _ORDER, below >= 0.9 * seeds)


def _gittins(evidence: Evidence) -> Finding:
    records = evidence.records("lstm")
    gap = regret_difference(records, evidence.reference_records("gittins", DISTRIBUTION))
    paper = PaperClaim(_FIGURE, statement="Gittins' indices do better than the agent")
    return Finding(
        id="gittins",
        claim=(
            "Gittins' indices do better than the agent: the difference in regret, task by task, is above zero"
        ),
        measure="regret less that of Gittins' indices on the same tasks",
        value=gap.value,
        interval=(gap.low, gap.high),
        seeds=len(records),
        reference=ReferenceValue("gittins", 0.0),
        paper=paper,
        holds=gap.above,
    )
