"""The findings of `two-step`."""

import dataclasses
from functools import partial
from typing import NamedTuple

import numpy as np

from prefrontal.analysis.choices.two_step import trials
from prefrontal.analysis.choices.two_step_findings import (
    LEARNERS,
    interaction,
    models_compared,
    no_effect_of_reward,
    recovered,
    recovered_nearby,
    stays_alike,
    told_apart,
)
from prefrontal.analysis.choices.two_step_measures import (
    Described,
    choice_tables,
    describe,
    stay_multiples,
    weight_multiples,
)
from prefrontal.analysis.choices.two_step_models import TwoStepLaw
from prefrontal.analysis.choices.two_step_recovery import Recovery, model_recovery, parameter_recovery
from prefrontal.analysis.control_findings import no_memory, no_reward
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, estimated
from prefrontal.analysis.performance import beside, return_of
from prefrontal.analysis.regret import Curve, curve_over_seeds, expected_rewards
from prefrontal.analysis.tables import Table, evaluations
from prefrontal.disk.records import Records

AGENT = "LSTM"
COMPARED = ("bayes-optimal", *LEARNERS)  # beside the agent
NEAR = 0.99  # of the Bayes-optimal return
SIMULATED = {"quick": (40, 20)}  # blocks: of hybrids for their parameters, of each model; by preset
SIMULATED_ELSE = (400, 60)

_FIGURE = "Wang et al. 2016, section 3.2.1, figure 5"
_PLANS = PaperClaim(_FIGURE, statement="the agent's stay probabilities are perfectly model-based")
_PLANS_LATER = PaperClaim("Wang et al. 2018, figure 5", statement="the agent's behaviour is model-based")
_WELL = PaperClaim(_FIGURE, statement="the agent learns the task; the paper gives no reward in numbers")
_CAUTION = PaperClaim(
    _FIGURE, statement="cautions that a model-free learner of the right states can have the same pattern"
)
_WITHHELD = PaperClaim(
    _FIGURE, statement="with the reward input withheld, performance is at chance in the two-step task"
)
_REACTIVE = PaperClaim(_FIGURE, statement="says nothing of an agent without memory")
_MODELS = PaperClaim(_FIGURE, statement="fits no cognitive models to the agent")


class Version(NamedTuple):
    """One version of the task and what was trained on it."""

    name: str  # in the findings
    condition: str
    distribution: str
    law: TwoStepLaw
    paper: PaperClaim


VERSIONS = (
    Version("2016", "lstm", "two-step-2016", TwoStepLaw(), _PLANS),
    Version("2018", "reversals", "two-step-2018", TwoStepLaw(common=0.8, reversal=0.025), _PLANS_LATER),
)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the papers' claims and of ours."""
    found = [_return(evidence, version) for version in VERSIONS]
    for version in VERSIONS:
        made, name, paper = agents(evidence, version), version.name, version.paper
        best = reference(evidence, "bayes-optimal", version)
        known = {one: reference(evidence, one, version).weights for one in LEARNERS}
        found += [*_effects(evidence, version, made), *stays_alike(name, made, best, paper)]
        found += [*models_compared(name, made, _MODELS), _planning(version, made, best.planning.value)]
        found += told_apart(name, known, _CAUTION)
        found += recovered(name, *recovery_of(evidence, version), simulated(evidence)[1], _MODELS)
        found.append(recovered_nearby(name, made, version.law, _MODELS))
    return [*found, *_controls(evidence)]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Stay probabilities, the regression's sums, and what was fitted, of each seed and four references."""
    made = [
        ((version.name, policy, seed), one)
        for version in VERSIONS
        for policy, each in described(evidence, version).items()
        for seed, one in zip(evidence.seeds if policy == AGENT else [None], each, strict=True)
    ]
    return {"evaluations": evaluations(evidence), **choice_tables(made)}


def described(evidence: Evidence, version: Version) -> dict[str, list[Described]]:
    """The agent, of every training seed, and the references that it is compared with."""
    known = {name: [reference(evidence, name, version)] for name in COMPARED}
    return {AGENT: agents(evidence, version), **known}


def agents(evidence: Evidence, version: Version) -> list[Described]:
    """The agent of each training seed."""
    return evidence.once(
        ("agents", version.name),
        lambda: [describe(trials(one), version.law) for one in evidence.records(version.condition)],
    )


def reference(evidence: Evidence, name: str, version: Version) -> Described:
    """A reference that lived in the same tasks."""
    read = partial(evidence.reference_records, name, version.distribution)
    return evidence.once(("reference", name, version.name), lambda: describe(trials(read()), version.law))


def simulated(evidence: Evidence) -> tuple[int, int]:
    """How many blocks are simulated: of hybrids for their parameters, and of each model."""
    return SIMULATED.get(evidence.preset, SIMULATED_ELSE)


def recovery_of(evidence: Evidence, version: Version) -> tuple[Recovery, np.ndarray]:
    """Hybrids simulated and fitted again, and how often BIC prefers each model of those that each made."""
    hybrids, each = simulated(evidence)
    return parameter_recovery(version.law, hybrids), model_recovery(version.law, each)


def reward_by_trial(records: list[Records]) -> Curve:
    """What each trial pays on average: it pays at the second of its two steps."""
    return curve_over_seeds([expected_rewards(one)[:, 1::2].astype(np.float64) for one in records])


def _return(evidence: Evidence, version: Version) -> Finding:
    found, best = beside(evidence, version.condition, "bayes-optimal", return_of)
    worst = float(found.by_seed.min()) / best[1]
    claim = (
        f"In the version of {version.name} one more training would earn at least {NEAR:.0%} of the optimum "
        f"(the worst of {len(found.by_seed)}: {worst:.2%})"
    )
    least = NEAR * best[1]
    return answer(f"return-{version.name}", claim, found.of_one_more(), best, _WELL, at_least=least)


def _effects(evidence: Evidence, version: Version, made: list[Described]) -> list[Finding]:
    """An interaction without a main effect of reward: of the last trial alone, and of five."""
    planner, name = reference(evidence, "model-based", version), version.name
    stays, sums = [one.stay for one in made], [one.weights for one in made]
    on_stay = estimated("difference of stay probabilities", [one.effect("interaction") for one in stays])
    on_sums = estimated("log-odds, summed over five lags", [one.totals["interaction"] for one in sums])
    claims = (
        f"{name}: staying depends on reward and transition together, as a planner's does",
        f"{name}: reward has no main effect on staying",
        f"{name}: in the regression on five trials the model-based weights are above zero",
        f"{name}: in the regression there are no model-free weights",
    )
    of_stay, of_sums = stay_multiples(stays, planner.stay), weight_multiples(sums, planner.weights)
    return [
        interaction(f"stay-interaction-{name}", claims[0], on_stay, version.paper),
        no_effect_of_reward(f"stay-reward-{name}", claims[1], of_stay, version.paper),
        interaction(f"regression-interaction-{name}", claims[2], on_sums, _CAUTION),
        no_effect_of_reward(f"regression-reward-{name}", claims[3], of_sums, _CAUTION),
    ]


def _planning(version: Version, made: list[Described], best: float) -> Finding:
    """The fitted parameter that is the question: Daw's w. The other parameters are in the tables."""
    found = estimated("model-based weight w", [one.planning for one in made]).within(0, 1)
    claim = (
        f"{version.name}: the hybrid model fitted to the agent's choices would weigh the model more than the "
        f"model-free values in one more training: w above one half (of the optimum, which is no hybrid, it "
        f"is {best:.2f})"
    )
    fitted = ("bayes-optimal, fitted", best)
    return answer(f"weight-{version.name}", claim, found.of_one_more(), fitted, _MODELS, at_least=0.5)


def _controls(evidence: Evidence) -> list[Finding]:
    """None where the controls were not run."""
    if "no-reward" not in evidence.conditions:
        return []
    return [
        dataclasses.replace(no_reward(evidence, ""), paper=_WITHHELD),
        no_memory(evidence, "", _REACTIVE),
    ]
