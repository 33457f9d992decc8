"""What became of the agents from which one part was taken away."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, regret

PAPER = "Wang et al. 2016"
_WITHHELD = PaperClaim(
    f"{PAPER}, section 3.1", statement="with the reward input withheld, performance is at chance"
)
_REACTIVE = PaperClaim(
    f"{PAPER}, section 3.1",
    statement="says nothing of feed-forward agents in bandits; a reviewer asked for them",
)
_TIME = PaperClaim(
    f"{PAPER}, section 2.3", statement="gives the bandit agents the trial number, and does not ask why"
)

CHANCE = 0.05  # regret within 5 % of random choice's is called chance
MARGIN = 0.05  # so much lower a regret is better, however wide its interval


def control_findings(evidence: Evidence, main: str = "lstm", prefix: str = "") -> list[Finding]:
    """The findings about the controls of the condition `main`, whose names begin with `prefix`.

    There are none where the controls were not run.
    """
    if f"{prefix}no-memory" not in evidence.conditions:
        return []
    return [no_reward(evidence, prefix), _no_memory(evidence, prefix), _no_time(evidence, main, prefix)]


def no_reward(evidence: Evidence, prefix: str, id: str = "no-reward", tasks: str = "") -> Finding:
    """The finding about the agent without the reward input; `tasks`, on which, where there are several."""
    condition = f"{prefix}no-reward"
    chance = evidence.reference_regret("random", evidence.conditions[condition]["distribution"])
    found = regret(evidence, condition)
    claim = (
        f"Without the reward input the agent is at chance{tasks}: its regret is within {CHANCE:.0%} of "
        f"random choice's"
    )
    return answer(
        id, claim, found, ("random", chance), _WITHHELD, abs(found.value - chance) <= CHANCE * chance
    )


def _no_memory(evidence: Evidence, prefix: str) -> Finding:
    condition = f"{prefix}no-memory"
    shift = evidence.reference_regret("win-stay-lose-shift", evidence.conditions[condition]["distribution"])
    found = regret(evidence, condition)
    claim = (
        f"Without memory the agent does no better than win-stay-lose-shift: its regret is neither "
        f"significantly lower nor lower by more than {MARGIN:.0%}"
    )
    holds = found.high >= shift and found.value >= (1 - MARGIN) * shift
    return answer("no-memory", claim, found, ("win-stay-lose-shift", shift), _REACTIVE, holds)


def _no_time(evidence: Evidence, main: str, prefix: str) -> Finding:
    whole, found = regret(evidence, main), regret(evidence, f"{prefix}no-time")
    claim = "The time input is not needed: without it the regret is within 10 % of that with it"
    reference = (evidence.conditions[main]["label"], whole.value)
    return answer("no-time", claim, found, reference, _TIME, found.value <= 1.1 * whole.value)
