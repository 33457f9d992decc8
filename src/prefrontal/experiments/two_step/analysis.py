"""The findings of `two-step`."""

from typing import NamedTuple

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.intervals import standard_error
from prefrontal.analysis.measures import Measure, answer, measure, regret
from prefrontal.analysis.two_step import (
    Estimate,
    HistoryWeights,
    Trials,
    history_weights,
    stay_probabilities,
    trials,
)
from prefrontal.analysis.two_step_models import MODELS, PARAMETERS, Fit, Law, fit_all, in_blocks
from prefrontal.analysis.two_step_recovery import model_recovery, parameter_recovery
from prefrontal.records import Records

NEAR = 0.99  # of the Bayes-optimal return
TENTH = 0.1  # what is less than this of the interaction is called none
SHARE = 0.9  # of a model-based learner's weights, at least, are the interaction's
CHANCE = 0.05  # regret within 5 % of random choice's is called chance
REGRESSED = 5_000  # lifetimes in a regression
FITTED = 20  # blocks of ten lifetimes of one policy, for the cognitive models
RECOVERED = 0.7  # rank correlation, of the parameter that is recovered worst
FOUND = 0.75  # of the blocks of any model, at least, are given to it
SIMULATED = 20  # blocks of each model

_FIGURE = "Wang et al. 2016, section 3.2.1, figure 5"
_LATER = "Wang et al. 2018, figure 5"
_WELL = PaperClaim(_FIGURE, statement="the agent learns the task; the paper gives no reward in numbers")
_PLANS = PaperClaim(_FIGURE, statement="the agent's stay probabilities are perfectly model-based")
_PLANS_LATER = PaperClaim(_LATER, statement="the agent's behaviour is model-based")
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
    law: Law
    paper: PaperClaim


VERSIONS = (
    Version("2016", "lstm", "two-step-2016", Law(), _PLANS),
    Version("2018", "reversals", "two-step-2018", Law(common=0.8, reversal=0.025), _PLANS_LATER),
)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the papers' claims and of ours."""
    found = [_return(evidence, version) for version in VERSIONS]
    for version in VERSIONS:
        lived = [trials(records) for records in evidence.records(version.condition)]
        found += [*_stays(version, lived), *_regressions(version, lived)]
        found += [*_model_comparison(version, lived), *_told_apart(evidence, version)]
    return [*found, _parameters_recovered(), _models_recovered(), *_controls(evidence)]


def regressed(lived: Trials) -> HistoryWeights:
    """The regression on the history of trials, of as many lifetimes as are needed."""
    return history_weights(lived.take(slice(0, REGRESSED)))


def fitted(lived: Trials, law: Law) -> dict[str, Fit]:
    """Every cognitive model, in blocks of ten lifetimes."""
    return fit_all(in_blocks(lived, most=FITTED), law)


def bic(fits: dict[str, Fit]) -> dict[str, float]:
    """The BIC of each model, summed over blocks."""
    return {model: float(one.bic.sum()) for model, one in fits.items()}


def expected_return(records: Records) -> np.ndarray:
    """Of each lifetime: what the states that it visited pay on average."""
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know its expected_reward")
    return records.expected_reward.sum(axis=1, dtype=np.float64)


def _return(evidence: Evidence, version: Version) -> Finding:
    totals = [expected_return(records) for records in evidence.records(version.condition)]
    best = evidence.reference("bayes-optimal", version.distribution).total_return
    by_seed = np.array([one.mean() for one in totals])
    found = measure("expected return of 100 trials", by_seed, standard_error(totals[0]))
    worst = float(by_seed.min()) / best
    claim = f"In the version of {version.name} every seed earns at least {NEAR:.0%} of the optimum"
    return answer(
        f"return-{version.name}",
        f"{claim} (the worst: {worst:.2%})",
        found,
        ("bayes-optimal", best),
        _WELL,
        worst >= NEAR,
    )


def _measured(name: str, estimates: list[Estimate]) -> Measure:
    """One estimate for each seed; with one seed its interval is over lifetimes."""
    return measure(name, np.array([one.value for one in estimates]), estimates[0].error)


def _proportion(name: str, value: float, error: float) -> Measure:
    """One number between 0 and 1, and so its interval."""
    found = measure(name, np.array([value]), error)
    return Measure(name, found.by_seed, (max(found.low, 0.0), min(found.high, 1.0)))


def _stays(version: Version, lived: list[Trials]) -> list[Finding]:
    """The interaction, and no main effect of reward."""
    stays = [stay_probabilities(one) for one in lived]
    interaction = _measured(
        "difference of stay probabilities", [stay.effect("interaction") for stay in stays]
    )
    reward = _measured("difference of stay probabilities", [stay.effect("reward") for stay in stays])
    return [
        answer(
            f"stay-interaction-{version.name}",
            f"{version.name}: staying depends on reward and transition together, as a planner's does",
            interaction,
            ("no interaction", 0.0),
            version.paper,
            interaction.low > 0,
        ),
        answer(
            f"stay-reward-{version.name}",
            f"{version.name}: the main effect of reward on staying is less than a tenth of the interaction",
            reward,
            ("no effect", 0.0),
            version.paper,
            abs(reward.value) <= TENTH * interaction.value,
        ),
    ]


def _regressions(version: Version, lived: list[Trials]) -> list[Finding]:
    """The same of the last five trials."""
    weights = [regressed(one) for one in lived]
    planned = _measured("log-odds, summed over five lags", [one.totals["interaction"] for one in weights])
    free = _measured("log-odds, summed over five lags", [one.totals["reward"] for one in weights])
    return [
        answer(
            f"regression-interaction-{version.name}",
            f"{version.name}: in the regression on five trials the model-based weights are above zero",
            planned,
            ("no weight", 0.0),
            _CAUTION,
            planned.low > 0,
        ),
        answer(
            f"regression-reward-{version.name}",
            f"{version.name}: in the regression the model-free weights are less than a tenth of the "
            "model-based ones",
            free,
            ("no weight", 0.0),
            _CAUTION,
            abs(free.value) <= TENTH * planned.value,
        ),
    ]


def _told_apart(evidence: Evidence, version: Version) -> list[Finding]:
    """The same regression of learners that are known."""
    rules = {
        "model-based": ("nearly all model-based", lambda share: share >= SHARE),
        "model-free": ("nearly all model-free", lambda share: share <= 1 - SHARE),
        "hybrid": ("both", lambda share: 0.2 <= share <= 0.8),
    }
    found = []
    for name, (what, rule) in rules.items():
        weights = regressed(trials(evidence.reference_records(name, version.distribution)))
        share = _proportion(
            "model-based share of the weights", weights.model_based_share, _share_error(weights)
        )
        claim = f"{version.name}: the regression finds the {name} reference to be {what}"
        truth = {"model-based": 1.0, "model-free": 0.0, "hybrid": 0.5}[name]
        found.append(
            answer(
                f"told-apart-{name}-{version.name}",
                claim,
                share,
                ("by construction", truth),
                _CAUTION,
                bool(rule(share.value)),
            )
        )
    return found


def _share_error(weights: HistoryWeights) -> float:
    """Standard error of p / (p + f), with the sums p and f taken for independent."""
    planned, free = weights.totals["interaction"], weights.totals["reward"]
    total = max(planned.value, 0.0) + max(free.value, 0.0)
    return float(np.hypot(free.value * planned.error, planned.value * free.error) / max(total, 1e-9) ** 2)


def _model_comparison(version: Version, lived: list[Trials]) -> list[Finding]:
    """Which account of the agent's choices is the best. A BIC of one set of choices has no interval."""
    bics = [bic(fitted(one, version.law)) for one in lived]
    with_model = np.array([one["model-free"] - min(one["model-based"], one["latent-state"]) for one in bics])
    others = [min(value for name, value in one.items() if name != "latent-state") for one in bics]
    inferring = np.array([best - one["latent-state"] for best, one in zip(others, bics, strict=True)])
    return [
        answer(
            f"bic-{version.name}",
            f"{version.name}: BIC prefers a model-based or an inferring model of the agent's choices to a "
            "model-free one, on every seed",
            measure("BIC of the model-free model less the better of the other two", with_model, 0.0),
            ("no preference", 0.0),
            _MODELS,
            bool((with_model > 0).all()),
        ),
        answer(
            f"bic-inference-{version.name}",
            f"{version.name}: of all four models inference of the good state describes the choices best, on "
            "every seed",
            measure("BIC of the best of the other three less that of inference", inferring, 0.0),
            ("no preference", 0.0),
            _MODELS,
            bool((inferring > 0).all()),
        ),
    ]


def _parameters_recovered() -> Finding:
    recovery = parameter_recovery(VERSIONS[1].law)
    worst = int(np.argmin(recovery.correlation))
    value = float(recovery.correlation[worst])
    error = float((1 - value**2) / np.sqrt(len(recovery.fitted) - 1))
    found = measure("rank correlation of simulated and fitted values", np.array([value]), error)
    claim = (
        f"Every parameter of the hybrid model is recovered with a rank correlation of at least {RECOVERED} "
        f"(the worst: {PARAMETERS[worst]})"
    )
    return answer("recovery", claim, found, ("none", 0.0), _MODELS, value >= RECOVERED)


def _models_recovered() -> Finding:
    share = np.diag(model_recovery(VERSIONS[1].law, SIMULATED))
    worst = int(np.argmin(share))
    value = float(share[worst])
    error = float(np.sqrt(value * (1 - value) / SIMULATED))
    found = _proportion("proportion of simulated blocks", value, error)
    claim = (
        f"BIC finds the model that made the choices in at least {FOUND:.0%} of blocks, for each of four "
        f"(the worst: {list(MODELS)[worst]})"
    )
    return answer("model-recovery", claim, found, ("chance", 1 / len(MODELS)), _MODELS, value >= FOUND)


def _controls(evidence: Evidence) -> list[Finding]:
    """None where the controls were not run."""
    if "no-reward" not in evidence.conditions:
        return []
    version = VERSIONS[0]
    blind, reactive = regret(evidence, "no-reward"), regret(evidence, "no-memory")
    chance = evidence.reference_regret("random", version.distribution)
    shift = evidence.reference_regret("win-stay-lose-shift", version.distribution)
    return [
        answer(
            "no-reward",
            f"Without the reward input the agent is at chance: its regret is within {CHANCE:.0%} of random "
            "choice's",
            blind,
            ("random", chance),
            _WITHHELD,
            abs(blind.value - chance) <= CHANCE * chance,
        ),
        answer(
            "no-memory",
            "Without memory the agent does no better than win-stay-lose-shift on the states: its regret is "
            "not significantly lower",
            reactive,
            ("win-stay-lose-shift", shift),
            _REACTIVE,
            reactive.high >= shift,
        ),
    ]
