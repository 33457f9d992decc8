"""Findings about choices in the two-step task, and whether the analyses behind them can be trusted.

They can be trusted if the regression separates known learners, and if fits recover the parameters and the
model that made the choices.
"""

from collections.abc import Mapping, Sequence

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
from prefrontal.analysis.measures import Measure, answer, estimated
from prefrontal.analysis.statistics.intervals import Estimate

TENTH = 0.1  # what is less than this of the interaction is called none
ALIKE = 0.05  # stay probabilities that differ by less are called the same
SHARE = 0.9  # of a model-based learner's weights, at least, are the interaction's
RECOVERED = 0.7  # rank correlation, of the parameter that is recovered worst
FOUND = 0.75  # of the blocks of any model, at least, are given to it
NEARBY = 0.1  # w is found to so much, simulated as it is in the agent
# For each kind of learner: a description, its model-based share by construction, and the range of shares in
# which the regression identifies it.
_RULES: dict[str, tuple[str, float, tuple[float, float]]] = {
    "model-based": ("nearly all model-based", 1.0, (SHARE, 1.0)),
    "model-free": ("nearly all model-free", 0.0, (0.0, 1 - SHARE)),
    "hybrid": ("both", 0.5, (0.2, 0.8)),
}
LEARNERS = tuple(_RULES)  # references whose kind is known


def interaction(id: str, claim: str, found: Measure, paper: PaperClaim) -> Finding:
    """The finding that reward and transition interact in one more training."""
    claim = f"{claim}, and would in one more training"
    return answer(id, claim, found.of_one_more(), ("no interaction", 0.0), paper, at_least=0.0)


def no_effect_of_reward(id: str, claim: str, made: Multiples, paper: PaperClaim) -> Finding:
    """The finding of no effect: it is within a tenth of the interaction, in one more training."""
    claim = f"{claim}: in one more training it would be within a tenth of the interaction"
    if undefined := sum(np.isnan(one.value) for one in made.ratios):
        found = estimated("effect of reward", made.effects).undecidable()
        claim = (
            f"{claim} (on {undefined} of {len(made.ratios)} seeds the interaction is within noise of 0, and "
            "nothing is a multiple of it: the value is the effect itself)"
        )
        return answer(id, claim, found, ("none", 0.0), paper, at_most=TENTH)
    found = estimated("effect of reward, as a multiple of the interaction", made.ratios)
    farthest = float(found.by_seed[np.argmax(np.abs(found.by_seed))])
    claim = f"{claim} (the farthest seed: {farthest:.3f}; the model-based reference: {made.planner:.3f})"
    return answer(id, claim, found.of_one_more(), ("none", 0.0), paper, at_least=-TENTH, at_most=TENTH)


def stays_alike(version: str, made: Sequence[Described], best: Described, paper: PaperClaim) -> list[Finding]:
    """The four stay probabilities, one `Described` for each seed, beside those of the exact optimum.

    The optimum's probabilities are sampled too, so the difference is measured, with the error of both.
    """
    found = []
    for place, kind in enumerate(KINDS):
        apart = [
            Estimate(
                float(one.stay.probability[place] - best.stay.probability[place]),
                float(np.hypot(one.stay.errors[place], best.stay.errors[place])),
            )
            for one in made
        ]
        measured = estimated("probability of staying less that of the Bayes-optimal policy", apart)
        own, others = (np.mean([one.stay.probability[place] for one in who]) for who in (made, [best]))
        claim = (
            f"{version}: after a trial that was {kind.replace(', ', ' and ')} the choice is repeated as "
            f"often as by the Bayes-optimal policy, to {ALIKE:.0%} ({own:.1%}, and {others:.1%})"
        )
        id = f"stay-{kind.replace(', ', '-')}-{version}"
        beside = ("bayes-optimal", 0.0)
        found.append(answer(id, claim, measured, beside, paper, at_least=-ALIKE, at_most=ALIKE))
    return found


def models_compared(version: str, made: Sequence[Described], paper: PaperClaim) -> list[Finding]:
    """Findings about which model describes the agents' choices best."""
    others = sorted(set(MODELS) - {"latent-state"})
    gains = (
        estimated(
            "BIC of the model-free model less the better of the other two",
            [bic_gain(one, ("model-based", "latent-state"), ("model-free",)) for one in made],
        ),
        estimated(
            "BIC of the best of the other three less that of inference",
            [bic_gain(one, ("latent-state",), others) for one in made],
        ),
    )
    claims = {
        "bic": "BIC would prefer a model-based or an inferring model of the choices to a model-free one",
        "bic-inference": "of all four models inference of the good state would describe the choices best",
    }
    found = []
    for (id, claim), gain in zip(claims.items(), gains, strict=True):
        claim = f"{version}: of one more training {claim}"
        none = ("no preference", 0.0)
        found.append(answer(f"{id}-{version}", claim, gain.of_one_more(), none, paper, at_least=0.0))
    return found


def told_apart(version: str, known: Mapping[str, HistoryWeights], paper: PaperClaim) -> list[Finding]:
    """The regression's model-based share of each of `LEARNERS`.

    **Arguments:** `version`, the version of the task as named in ids and claims; `known`, the weights of each
    learner.
    """
    found = []
    for name, (what, truth, (least, most)) in _RULES.items():
        share = estimated("model-based share of the weights", [model_based_share(known[name])])
        claim = f"{version}: the regression finds the {name} reference to be {what}"
        id, built = f"told-apart-{name}-{version}", ("by construction", truth)
        share = share.within(0, 1)
        found.append(answer(id, claim, share, built, paper, at_least=least, at_most=most))
    return found


def recovered(
    version: str,
    recovery: Recovery,
    preferred: Float[np.ndarray, "models models"],
    blocks: int,
    paper: PaperClaim,
) -> list[Finding]:
    """Findings about the worst recovered parameter and model; `blocks` of each model were simulated."""
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
            at_least=RECOVERED,
        ),
        answer(
            f"model-recovery-{version}",
            f"{version}: BIC finds the model that made the choices in at least {FOUND:.0%} of blocks, "
            f"for each of four (the worst: {model})",
            share,
            ("chance", 1 / len(MODELS)),
            paper,
            at_least=FOUND,
        ),
    ]


def recovered_nearby(version: str, made: Sequence[Described], law: TwoStepLaw, paper: PaperClaim) -> Finding:
    """The finding about recovery of w at the agents' parameters; one `Described` for each training seed."""
    found = missed_weight(made, law)
    claim = (
        f"{version}: simulated with the parameters that were fitted to the agent, the hybrid's w is "
        f"found again to {NEARBY} in half of a seed's blocks"
    )
    return answer(f"recovery-agent-{version}", claim, found, ("none", 0.0), paper, at_most=NEARBY)
