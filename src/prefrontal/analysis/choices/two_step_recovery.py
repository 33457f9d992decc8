"""Tests whether fits can be trusted: known learners are simulated and fitted (Wilson & Collins 2019).

*Parameter recovery* compares each simulated parameter with the fitted one. *Model recovery* measures how
often BIC prefers the model that made the choices.
"""

import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from prefrontal.analysis.choices.checking import read_parameters
from prefrontal.analysis.choices.rescorla_wagner import rank_correlation
from prefrontal.analysis.choices.two_step import Trials
from prefrontal.analysis.choices.two_step_models import (
    ALPHA,
    BETA_MB,
    BETA_MF,
    HIGHEST,
    LOWEST,
    MODELS,
    PARAMETERS,
    PERSEVERATION,
    TRACE_DECAY,
    TwoStepLaw,
    believed,
    check_law,
    fit,
    fit_all,
)
from prefrontal.checks import check_between, check_integer, check_kind
from prefrontal.models import daw, two_step_filter
from prefrontal.suggest import lookup

# As they are fitted to people and to agents, with some margin.
RANGES = {ALPHA: (0.1, 0.9), BETA_MB: (2.0, 10.0), BETA_MF: (2.0, 10.0), TRACE_DECAY: (0.0, 1.0)}
PERSEVERATIONS = (-0.5, 0.5)


class Recovery(NamedTuple):
    """Parameters of the hybrid model, simulated and fitted, in the order of `PARAMETERS`."""

    simulated: Float[np.ndarray, "blocks 5"]
    fitted: Float[np.ndarray, "blocks 5"]

    @property
    def correlation(self) -> Float[np.ndarray, "5"]:
        """Rank correlation of simulated and fitted values."""
        pairs = zip(self.simulated.T, self.fitted.T, strict=True)
        return np.array([rank_correlation(made, found) for made, found in pairs])


def draw_parameters(model: str, blocks: int, rng: np.random.Generator) -> Float[np.ndarray, "blocks 5"]:
    """Random parameters of a model, uniform in their ranges; 0 for those that it does not have."""
    free = lookup("model", model, MODELS)
    check_integer("blocks", blocks, 1)
    _check_generator(rng)
    drawn = np.zeros((blocks, len(PARAMETERS)))
    for place, (low, high) in RANGES.items():
        if place in free:
            drawn[:, place] = rng.uniform(low, high, blocks)
    drawn[:, PERSEVERATION] = rng.uniform(*PERSEVERATIONS, blocks)
    return drawn


def simulate(
    model: str,
    parameters: Float[np.ndarray, "blocks 5"],
    law: TwoStepLaw,
    rng: np.random.Generator,
    lifetimes: int = 10,
    horizon: int = 100,
    missing: float = 0.0,
) -> Trials:
    """Simulated lifetimes of learners with these parameters, in new tasks: (blocks, lifetimes, trials).

    **Arguments:** `parameters`, in the order of `PARAMETERS`; `missing`, the probability that a trial is
    missed; nothing is learnt from a missed trial, but the good state may change.
    """
    lookup("model", model, MODELS)
    check_law(law)
    parameters = read_parameters(parameters, PARAMETERS, LOWEST, HIGHEST, len(parameters))
    check_integer("lifetimes", lifetimes, 1)
    check_integer("horizon", horizon, 1)
    check_between("missing", missing, 0.0, 1.0)
    _check_generator(rng)
    shape = (len(parameters), lifetimes)
    alpha, mb, mf, decay, stay = parameters.T[:, :, None]
    states, actions = np.full((*shape, 2), 0.5), np.full((*shape, 2), 0.5)
    belief, good, last = np.full(shape, 0.5), rng.integers(0, 2, shape), np.zeros(shape)
    missed, lived = np.zeros(shape, bool), []
    for _ in range(horizon):
        learnt = states[..., 1] - states[..., 0]
        inferred = two_step_filter.expected_difference(belief, law.high, law.low)
        planned = daw.planned(inferred if model == "latent-state" else learnt, law.common)
        odds = mb * planned + mf * (actions[..., 1] - actions[..., 0]) + stay * last
        action = (rng.random(shape) < special.expit(odds)).astype(int)
        state = np.where(rng.random(shape) < law.common, action, 1 - action)
        common = (state == action) == (law.common >= 0.5)
        reward = (rng.random(shape) < np.where(state == good, law.high, law.low)).astype(float)
        if missing:
            missed = rng.random(shape) < missing
        chosen, visited = (~missed[..., None] * np.eye(2)[one] for one in (action, state))
        actions, states = daw.learn(
            actions, states, chosen, visited, reward[..., None], alpha[..., None], decay[..., None]
        )
        belief = believed(belief, state, reward, law, ~missed)
        good = np.where(rng.random(shape) < law.reversal, 1 - good, good)
        last = np.where(missed, last, 2.0 * action - 1.0)
        lived.append((action, state, common, reward, missed))
    return Trials(*(np.stack(column, axis=-1) for column in zip(*lived, strict=True)))


def _check_generator(rng: object) -> None:
    check_kind("rng", rng, np.random.Generator, ", such as numpy.random.default_rng(0)")


@functools.cache
def parameter_recovery(law: TwoStepLaw, blocks: int = 40, seed: int = 0) -> Recovery:
    """Simulate hybrid learners and fit them."""
    check_integer("blocks", blocks, 2)
    rng = np.random.default_rng(seed)
    made = draw_parameters("hybrid", blocks, rng)
    return Recovery(made, fit(simulate("hybrid", made, law, rng), "hybrid", law).parameters)


@functools.cache
def model_recovery(
    law: TwoStepLaw, blocks: int = 20, seed: int = 0
) -> Float[np.ndarray, "simulated preferred"]:
    """The proportion of blocks of each model for which BIC prefers each; in the order of `MODELS`."""
    check_integer("blocks", blocks, 1)
    rng = np.random.default_rng(seed)
    rows = []
    for model in MODELS:
        lived = simulate(model, draw_parameters(model, blocks, rng), law, rng)
        best = np.argmin([one.bic for one in fit_all(lived, law).values()], axis=0)
        rows.append(np.bincount(best, minlength=len(MODELS)) / blocks)
    return np.array(rows)
