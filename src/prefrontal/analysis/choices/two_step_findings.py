"""Findings about choices in the two-step task, and whether the analyses behind them can be trusted.

These can be if the regression tells learners apart that are known, and if fits find the parameters and the
model that made the choices.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.choices.two_step import KINDS, HistoryWeights
from prefrontal.analysis.choices.two_step_measures import (
    Described,
    Multiples,
    bic_gain,
    least_found,
    least_recovered,
    missed_weight,
    model_based_share,
)
from prefrontal.analysis.choices.two_step_models import MODELS, TwoStepLaw
from prefrontal.analysis.choices.two_step_recovery import Recovery
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, estimated, measure
from prefrontal.analysis.statistics.intervals import Estimate

TENTH = 0.1  # what is less than this of the interaction is called none
ALIKE = 0.05  # stay probabilities that differ by less are called the same
SHARE = 0.9  # of a model-based learner's weights, at least, are the interaction's
RECOVERED = 0.7  # rank correlation, of the parameter that is recovered worst
FOUND = 0.75  # of the blocks of any model, at least, are given to it
NEARBY = 0.1  # w is found to so much, simulated as it is in the agent
_RULES: dict[str, tuple[str, float, Callable[[Measure], bool]]] = {
    "model-based": ("nearly all model-based", 1.0, lambda share: share.low >= SHARE),
    "model-free": ("nearly all model-free", 0.0, lambda share: share.high <= 1 - SHARE),
    "hybrid": ("both", 0.5, lambda share: share.low >= 0.2 and share.high <= 0.8),
}
LEARNERS = tuple(_RULES)  # references whose kind is known


def interaction(id: str, claim: str, found: Measure, paper: PaperClaim) -> Finding:
    """That reward and transition act together: above zero, the mean's whole interval and every seed."""
    holds = found.low > 0 and bool((found.by_seed > 0).all())
    return answer(id, f"{claim}, on every seed", found, ("no interaction", 0.0), paper, holds)


def no_effect_of_reward(id: str, claim: str, made: Multiples, paper: PaperClaim) -> Finding:
    """None is what is within a tenth of the interaction: the mean's whole interval, and every seed."""
    claim = f"{claim}: within a tenth of the interaction on every seed, and so is the whole interval"
    if undefined := sum(np.isnan(one.value) for one in made.ratios):
        found = estimated("effect of reward", made.effects)
        claim = (
            f"{claim} (on {undefined} of {len(made.ratios)} seeds the interaction is within noise of 0, and "
            "nothing is a multiple of it: the value is the effect itself)"
        )
        return answer(id, claim, found, ("none", 0.0), paper, holds=False)
    found = estimated("effect of reward, as a multiple of the interaction", made.ratios)
    farthest = float(found.by_seed[np.argmax(np.abs(found.by_seed))])
    claim = f"{claim} (the farthest seed: {farthest:.3f}; the model-based reference: {made.planner:.3f})"
    holds = found.low >= -TENTH and found.high <= TENTH and abs(farthest) <= TENTH
    return answer(id, claim, found, ("none", 0.0), paper, holds)


def stays_alike(version: str, made: Sequence[Described], best: Described, paper: PaperClaim) -> list[Finding]:
    """The four stay probabilities, one `Described` for each seed, beside those of the exact optimum."""
    found = []
    for place, (kind, wanted) in enumerate(zip(KINDS, best.stay.probability.tolist(), strict=True)):
        stays = [Estimate(one.stay.probability[place], one.stay.errors[place]) for one in made]
        measured = estimated("probability of staying", stays).within(0, 1)
        claim = (
            f"{version}: after a trial that was {kind.replace(', ', ' and ')} the choice is repeated as "
            f"often as by the Bayes-optimal policy, to {ALIKE:.0%}"
        )
        holds = wanted - ALIKE <= measured.low and measured.high <= wanted + ALIKE
        id = f"stay-{kind.replace(', ', '-')}-{version}"
        found.append(answer(id, claim, measured, ("bayes-optimal", wanted), paper, holds))
    return found


def models_compared(version: str, made: Sequence[Described], paper: PaperClaim) -> list[Finding]:
    """Which account of the agents' choices is the best. A BIC of one set of choices has no interval."""
    with_model = bic_gain(made, ("model-based", "latent-state"), ("model-free",))
    inferring = bic_gain(made, ("latent-state",), set(MODELS) - {"latent-state"})
    gains = (
        measure("BIC of the model-free model less the better of the other two", with_model, 0.0),
        measure("BIC of the best of the other three less that of inference", inferring, 0.0),
    )
    claims = {
        "bic": "BIC prefers a model-based or an inferring model of the agent's choices to a model-free one",
        "bic-inference": "of all four models inference of the good state describes the choices best",
    }
    found = []
    for (id, claim), gain in zip(claims.items(), gains, strict=True):
        claim, holds = f"{version}: {claim}, on every seed", bool((gain.by_seed > 0).all())
        found.append(answer(f"{id}-{version}", claim, gain, ("no preference", 0.0), paper, holds))
    return found


def told_apart(version: str, known: Mapping[str, HistoryWeights], paper: PaperClaim) -> list[Finding]:
    """The regression's model-based share of each of `LEARNERS`.

    **Arguments:** `version`, of the task, as ids and claims name it; `known`, the weights of each learner.
    """
    found = []
    for name, (what, truth, rule) in _RULES.items():
        share = estimated("model-based share of the weights", [model_based_share(known[name])])
        claim = f"{version}: the regression finds the {name} reference to be {what}"
        id, built = f"told-apart-{name}-{version}", ("by construction", truth)
        found.append(answer(id, claim, share.within(0, 1), built, paper, rule(share)))
    return found


def recovered(
    version: str,
    recovery: Recovery,
    preferred: Float[np.ndarray, "models models"],
    blocks: int,
    paper: PaperClaim,
) -> list[Finding]:
    """The parameter and the model that are recovered worst; `blocks` of each model were simulated."""
    parameter, correlation = least_recovered(recovery)
    model, share = least_found(preferred, blocks)
    return [
        answer(
            f"recovery-{version}",
            f"{version}: every parameter of the hybrid model is recovered with a rank correlation of at "
            f"least {RECOVERED} (the worst: {parameter})",
            correlation,
            ("none", 0.0),
            paper,
            correlation.low >= RECOVERED,
        ),
        answer(
            f"model-recovery-{version}",
            f"{version}: BIC finds the model that made the choices in at least {FOUND:.0%} of blocks, "
            f"for each of four (the worst: {model})",
            share,
            ("chance", 1 / len(MODELS)),
            paper,
            share.low >= FOUND,
        ),
    ]


def recovered_nearby(version: str, made: Sequence[Described], law: TwoStepLaw, paper: PaperClaim) -> Finding:
    """The weight of planning where the agents are, one `Described` for each training seed."""
    found = missed_weight(made, law)
    claim = (
        f"{version}: simulated with the parameters that were fitted to the agent, the hybrid's w is "
        f"found again to {NEARBY} in half of a seed's blocks, by the whole of its interval"
    )
    return answer(f"recovery-agent-{version}", claim, found, ("none", 0.0), paper, found.high <= NEARBY)
