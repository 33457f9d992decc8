"""The findings of `two-step`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from prefrontal.analysis.choices.rescorla_wagner import rank_correlation
from prefrontal.analysis.choices.two_step import KINDS, HistoryWeights
from prefrontal.analysis.choices.two_step_models import MODELS, PARAMETERS, fit, planning_weight
from prefrontal.analysis.choices.two_step_recovery import (
    Recovery,
    model_recovery,
    parameter_recovery,
    simulate,
)
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, measure, regret
from prefrontal.analysis.statistics.intervals import (
    Estimate,
    proportion_interval,
    resampled_interval,
    seed_interval,
    standard_error,
)
from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.two_step.choices import (
    FIGURE,
    VERSIONS,
    Described,
    Version,
    agents,
    reference,
)
from prefrontal.experiments.wang2016.two_step.tables import tables

__all__ = ["findings", "tables"]

NEAR = 0.99  # of the Bayes-optimal return
TENTH = 0.1  # what is less than this of the interaction is called none
SHARE = 0.9  # of a model-based learner's weights, at least, are the interaction's
ALIKE = 0.05  # stay probabilities that differ by less are called the same
CHANCE = 0.05  # regret within 5 % of random choice's is called chance
RECOVERED = 0.7  # rank correlation, of the parameter that is recovered worst
FOUND = 0.75  # of the blocks of any model, at least, are given to it
SIMULATED = {"quick": (40, 20)}  # blocks: of hybrids for their parameters, of each model; by preset
SIMULATED_ELSE = (400, 60)
NEARBY = 0.1  # w is found to so much, simulated as it is in the agent

_WELL = PaperClaim(FIGURE, statement="the agent learns the task; the paper gives no reward in numbers")
_CAUTION = PaperClaim(
    FIGURE, statement="cautions that a model-free learner of the right states can have the same pattern"
)
_WITHHELD = PaperClaim(
    FIGURE, statement="with the reward input withheld, performance is at chance in the two-step task"
)
_REACTIVE = PaperClaim(FIGURE, statement="says nothing of an agent without memory")
_MODELS = PaperClaim(FIGURE, statement="fits no cognitive models to the agent")


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the papers' claims and of ours."""
    found = [_return(evidence, version) for version in VERSIONS]
    for version in VERSIONS:
        made = agents(evidence, version)
        found += [*_effects(evidence, version, made), *_stays(evidence, version, made)]
        found += [*_model_comparison(version, made), _planning(evidence, version, made)]
        found += [*_told_apart(evidence, version), *_recovered(evidence, version)]
        found.append(_recovered_nearby(version, made))
    return [*found, *_controls(evidence)]


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


def _within_one(found: Measure) -> Measure:
    """A probability's interval ends at 0 and at 1."""
    return Measure(found.name, found.by_seed, (max(found.low, 0.0), min(found.high, 1.0)))


def _effects(evidence: Evidence, version: Version, made: list[Described]) -> list[Finding]:
    """An interaction without a main effect of reward: of the last trial alone, and of five."""
    stay, history = "difference of stay probabilities", "log-odds, summed over five lags"
    of_stay, of_history = _multiples(evidence, version, made)
    return [
        _interaction(
            f"stay-interaction-{version.name}",
            f"{version.name}: staying depends on reward and transition together, as a planner's does",
            _measured(stay, [one.stay.effect("interaction") for one in made]),
            version.paper,
        ),
        _no_reward(
            f"stay-reward-{version.name}",
            f"{version.name}: reward has no main effect on staying",
            of_stay,
            version.paper,
        ),
        _interaction(
            f"regression-interaction-{version.name}",
            f"{version.name}: in the regression on five trials the model-based weights are above zero",
            _measured(history, [one.weights.totals["interaction"] for one in made]),
            _CAUTION,
        ),
        _no_reward(
            f"regression-reward-{version.name}",
            f"{version.name}: in the regression there are no model-free weights",
            of_history,
            _CAUTION,
        ),
    ]


def _interaction(id: str, claim: str, found: Measure, paper: PaperClaim) -> Finding:
    holds = found.low > 0 and bool((found.by_seed > 0).all())
    return answer(id, f"{claim}, on every seed", found, ("no interaction", 0.0), paper, holds)


class Multiples(NamedTuple):
    """The effect of reward of each seed, and as a multiple of its interaction; and a planner's multiple."""

    effects: list[Estimate]
    ratios: list[Estimate]  # NaN where the interaction is within noise of 0
    planner: float


def _multiples(evidence: Evidence, version: Version, made: list[Described]) -> tuple[Multiples, Multiples]:
    """On staying, and in the regression."""
    planner = reference(evidence, "model-based", version)
    return (
        Multiples(
            [one.stay.effect("reward") for one in made],
            [one.stay.reward_ratio for one in made],
            planner.stay.reward_ratio.value,
        ),
        Multiples(
            [one.weights.totals["reward"] for one in made],
            [one.weights.reward_ratio for one in made],
            planner.weights.reward_ratio.value,
        ),
    )


def _no_reward(id: str, claim: str, made: Multiples, paper: PaperClaim) -> Finding:
    """None is what is within a tenth of the interaction: the mean's whole interval, and every seed."""
    claim = f"{claim}: within a tenth of the interaction on every seed, and so is the whole interval"
    if undefined := sum(np.isnan(one.value) for one in made.ratios):
        found = _measured("effect of reward", made.effects)
        claim = (
            f"{claim} (on {undefined} of {len(made.ratios)} seeds the interaction is within noise of 0, and "
            "nothing is a multiple of it: the value is the effect itself)"
        )
        return answer(id, claim, found, ("none", 0.0), paper, holds=False)
    found = _measured("effect of reward, as a multiple of the interaction", made.ratios)
    farthest = float(found.by_seed[np.argmax(np.abs(found.by_seed))])
    claim = f"{claim} (the farthest seed: {farthest:.3f}; the model-based reference: {made.planner:.3f})"
    holds = found.low >= -TENTH and found.high <= TENTH and abs(farthest) <= TENTH
    return answer(id, claim, found, ("none", 0.0), paper, holds)


def _stays(evidence: Evidence, version: Version, made: list[Described]) -> list[Finding]:
    """The four stay probabilities beside those of the exact optimum."""
    best = reference(evidence, "bayes-optimal", version).stay.probability.tolist()
    found = []
    for place, kind in enumerate(KINDS):
        stays = [Estimate(one.stay.probability[place], one.stay.errors[place]) for one in made]
        measured = _within_one(_measured("probability of staying", stays))
        claim = (
            f"{version.name}: after a trial that was {kind.replace(', ', ' and ')} the choice is repeated as "
            f"often as by the Bayes-optimal policy, to {ALIKE:.0%}"
        )
        holds = best[place] - ALIKE <= measured.low and measured.high <= best[place] + ALIKE
        reached = ("bayes-optimal", float(best[place]))
        id = f"stay-{kind.replace(', ', '-')}-{version.name}"
        found.append(answer(id, claim, measured, reached, version.paper, holds))
    return found


def _told_apart(evidence: Evidence, version: Version) -> list[Finding]:
    """The same regression of learners that are known."""
    rules: dict[str, tuple[str, float, Callable[[Measure], bool]]] = {
        "model-based": ("nearly all model-based", 1.0, lambda share: share.low >= SHARE),
        "model-free": ("nearly all model-free", 0.0, lambda share: share.high <= 1 - SHARE),
        "hybrid": ("both", 0.5, lambda share: share.low >= 0.2 and share.high <= 0.8),
    }
    found = []
    for name, (what, truth, rule) in rules.items():
        weights = reference(evidence, name, version).weights
        share = measure(
            "model-based share of the weights", np.array([weights.model_based_share]), _share_error(weights)
        )
        claim = f"{version.name}: the regression finds the {name} reference to be {what}"
        id, built = f"told-apart-{name}-{version.name}", ("by construction", truth)
        found.append(answer(id, claim, _within_one(share), built, _CAUTION, rule(share)))
    return found


def _share_error(weights: HistoryWeights) -> float:
    """Standard error of p / (p + f), with the sums p and f taken for independent."""
    planned, free = weights.totals["interaction"], weights.totals["reward"]
    total = max(planned.value, 0.0) + max(free.value, 0.0)
    return float(np.hypot(free.value * planned.error, planned.value * free.error) / max(total, 1e-9) ** 2)


def _model_comparison(version: Version, made: list[Described]) -> list[Finding]:
    """Which account of the agent's choices is the best. A BIC of one set of choices has no interval."""
    bics = [one.bic for one in made]
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


def _planning(evidence: Evidence, version: Version, made: list[Described]) -> Finding:
    """The fitted parameter that is the question: Daw's w. The other parameters are in the tables."""
    first = planning_weight(made[0].fits["hybrid"].parameters)
    error = 1.2533 * float(np.std(first)) / np.sqrt(len(first))  # of a median of normal numbers
    found = _within_one(measure("model-based weight w", np.array([one.planning for one in made]), error))
    best = reference(evidence, "bayes-optimal", version).planning
    claim = (
        f"{version.name}: the hybrid model fitted to the agent's choices weighs the model more than the "
        f"model-free values: w is above one half, on every seed (of the optimum, which is no hybrid, it is "
        f"{best:.2f})"
    )
    holds = found.low > 0.5 and bool((found.by_seed > 0.5).all())
    reached = ("bayes-optimal, fitted", best)
    return answer(f"weight-{version.name}", claim, found, reached, _MODELS, holds)


def recovery_of(evidence: Evidence, version: Version) -> tuple[Recovery, np.ndarray]:
    """Hybrids simulated and fitted again, and how often BIC prefers each model of those that each made."""
    hybrids, each = SIMULATED.get(evidence.preset, SIMULATED_ELSE)
    return parameter_recovery(version.law, hybrids), model_recovery(version.law, each)


def _recovered(evidence: Evidence, version: Version) -> list[Finding]:
    """Can the fits be trusted? Known learners, simulated in this version of the task."""
    recovery, preferred = recovery_of(evidence, version)
    worst = int(np.argmin(recovery.correlation))
    interval = resampled_interval(rank_correlation, recovery.simulated[:, worst], recovery.fitted[:, worst])
    name = "rank correlation of simulated and fitted values"
    parameter = Measure(name, recovery.correlation[[worst]], interval)
    share, blocks = np.diag(preferred), SIMULATED.get(evidence.preset, SIMULATED_ELSE)[1]
    rarest = int(np.argmin(share))
    right = proportion_interval(round(share[rarest] * blocks), blocks)
    model = Measure("proportion of simulated blocks", share[[rarest]], right)
    return [
        answer(
            f"recovery-{version.name}",
            f"{version.name}: every parameter of the hybrid model is recovered with a rank correlation of at "
            f"least {RECOVERED} (the worst: {PARAMETERS[worst]})",
            parameter,
            ("none", 0.0),
            _MODELS,
            parameter.low >= RECOVERED,
        ),
        answer(
            f"model-recovery-{version.name}",
            f"{version.name}: BIC finds the model that made the choices in at least {FOUND:.0%} of blocks, "
            f"for each of four (the worst: {list(MODELS)[rarest]})",
            model,
            ("chance", 1 / len(MODELS)),
            _MODELS,
            model.low >= FOUND,
        ),
    ]


def _recovered_nearby(version: Version, made: list[Described]) -> Finding:
    """The same where the agent is: hybrids simulated with the parameters that were fitted to its choices."""
    true = np.concatenate([one.fits["hybrid"].parameters for one in made])
    again = fit(simulate("hybrid", true, version.law, np.random.default_rng(0)), "hybrid", version.law)
    found = _median_misses(np.abs(planning_weight(again.parameters) - planning_weight(true)), len(made))
    claim = (
        f"{version.name}: simulated with the parameters that were fitted to the agent, the hybrid's w is "
        f"found again to {NEARBY} in half of a seed's blocks, by the whole of its interval"
    )
    holds = found.high <= NEARBY
    return answer(f"recovery-agent-{version.name}", claim, found, ("none", 0.0), _MODELS, holds)


def _median_misses(misses: np.ndarray, seeds: int) -> Measure:
    """The median over each seed's blocks, which follow each other; with one seed its blocks are resampled."""
    by_seed = misses.reshape(seeds, -1)
    medians = np.median(by_seed, axis=1)
    interval = seed_interval(medians) if seeds > 1 else resampled_interval(np.median, by_seed[0])
    return Measure("median error of w over blocks", medians, interval)


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
