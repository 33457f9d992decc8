"""Findings about the controls: agents with one part taken away."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, multiple
from prefrontal.analysis.performance import as_multiple, by_life

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
MARGIN = 0.05  # so much lower a regret is better
LONGER = 0.1  # without the time input the regret may be so much higher


def control_findings(evidence: Evidence, main: str = "lstm", prefix: str = "") -> list[Finding]:
    """The findings about the controls of the condition `main`, whose names begin with `prefix`.

    There are none if the controls were not run.
    """
    if f"{prefix}no-memory" not in evidence.conditions:
        return []
    return [no_reward(evidence, prefix), no_memory(evidence, prefix), _no_time(evidence, main, prefix)]


def no_reward(evidence: Evidence, prefix: str, id: str = "no-reward", tasks: str = "") -> Finding:
    """The finding about the agent without the reward input; `tasks` names the tasks if there are several."""
    condition = f"{prefix}no-reward"
    found, chance, one = as_multiple(evidence, condition, "random")
    claim = (
        f"Without the reward input the agent is at chance{tasks}: its regret is within {CHANCE:.0%} of "
        f"random choice's"
    )
    least, most = (1 - CHANCE) * one, (1 + CHANCE) * one
    return answer(id, claim, found, chance, _WITHHELD, at_least=least, at_most=most)


def no_memory(evidence: Evidence, prefix: str, paper: PaperClaim = _REACTIVE) -> Finding:
    """The finding about the agent without memory."""
    found, shift, one = as_multiple(evidence, f"{prefix}no-memory", "win-stay-lose-shift")
    claim = (
        f"Without memory the agent does no better than win-stay-lose-shift: its regret is not lower by more "
        f"than {MARGIN:.0%}"
    )
    return answer("no-memory", claim, found, shift, paper, at_least=(1 - MARGIN) * one)


def _no_time(evidence: Evidence, main: str, prefix: str) -> Finding:
    name = "regret without the time input as a multiple of that with it"
    found = multiple(name, by_life(evidence, f"{prefix}no-time"), by_life(evidence, main))
    claim = f"The time input is not needed: without it the regret is within {LONGER:.0%} of that with it"
    reference = (evidence.conditions[main]["label"], 1.0)
    return answer("no-time", claim, found, reference, _TIME, at_most=1 + LONGER)
