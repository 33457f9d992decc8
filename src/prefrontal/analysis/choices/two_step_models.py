"""Cognitive models of the two-step task fitted to choices, with what it takes to trust them: recovery.

The learners are those of `models/daw.py` with all values 1/2 at first, and

    logit P(action 1) = β_MB (M[1] - M[0]) + β_MF (Q[1] - Q[0]) + π (±1 for the action chosen last).

(Daw's β is β_MB + β_MF, and w is β_MB / β; this form is Otto et al. 2013's.) `latent-state` learns no values.
It infers which state is good (Akam et al. 2015): V[s] is what s is expected to pay by Bayes' rule, the task
being known.

Q is linear in λ. So for a given α all models are logistic regressions, on M[1] - M[0] and on the two parts of
Q[1] - Q[0], and there is one best fit: α alone is searched, on a grid and then by golden section, in all
blocks at once. No starting values are needed.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from prefrontal.analysis.choices.fits import Fit, fitted
from prefrontal.analysis.choices.two_step import Trials, check_trials
from prefrontal.analysis.statistics.logistic import Rows, fit_rows
from prefrontal.checks import check_between
from prefrontal.models import daw, two_step_filter
from prefrontal.suggest import lookup

PARAMETERS = ("alpha", "beta_mb", "beta_mf", "trace_decay", "perseveration")
ALPHA, BETA_MB, BETA_MF, TRACE_DECAY, PERSEVERATION = range(5)  # the places in every array of them
# What each model fits. The perseveration is in all.
MODELS: dict[str, tuple[int, ...]] = {
    "model-free": (ALPHA, BETA_MF, TRACE_DECAY, PERSEVERATION),
    "model-based": (ALPHA, BETA_MB, PERSEVERATION),
    "hybrid": (ALPHA, BETA_MB, BETA_MF, TRACE_DECAY, PERSEVERATION),
    "latent-state": (BETA_MB, PERSEVERATION),
}
GRID = np.array([0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
NARROWINGS = 8  # of the golden section: α is then known to 0.003
RIDGE = 1e-4  # ridge / 2 times the squared weights keeps those of certain choices finite
GAIN = 1e-5  # a log-likelihood is then within half of it of its best
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0

Blocks = Float[np.ndarray, "blocks lifetimes K"]


class TwoStepLaw(NamedTuple):
    """How the task is made, for the planner and for the one who infers."""

    common: float = 0.75  # P(S₂ | action 0)
    high: float = 0.9
    low: float = 0.1
    reversal: float = 0.0


def _check_law(law: TwoStepLaw) -> None:
    for field, value in law._asdict().items():
        check_between(field, value, 0.0, 1.0)


class _Regression(NamedTuple):
    """What a regression found: its weights, or all five parameters made of them."""

    weights: Float[np.ndarray, "blocks k"]
    loss: Float[np.ndarray, "blocks"]  # the negative log-likelihood, and the ridge's part
    converged: Bool[np.ndarray, "blocks"]


def in_blocks(lived: Trials, size: int = 10, most: int = 20) -> Trials:
    """The first lifetimes as `most` blocks of `size`: arrays (blocks, lifetimes, trials)."""
    count = min(len(lived.action) // size, most)
    if count == 0:
        raise ValueError(f"there are {len(lived.action)} lifetimes; a block has {size}")
    return Trials(*(array[: count * size].reshape(count, size, -1) for array in lived))


def fit(blocks: Trials, model: str, law: TwoStepLaw) -> Fit:
    """Maximum likelihood, each block by itself."""
    check_trials(blocks)
    _check_law(law)
    free = lookup("model", model, MODELS)
    count, choices = len(blocks.action), blocks.action[0].size
    alpha = np.zeros(count)
    if ALPHA in free:
        alpha = _search(lambda rates: _at_rate(blocks, model, law, rates).loss, count)
    parameters, loss, converged = _at_rate(blocks, model, law, alpha)
    return fitted(parameters, loss, converged, len(free), choices)


def fit_all(blocks: Trials, law: TwoStepLaw) -> dict[str, Fit]:
    """Every model."""
    return {model: fit(blocks, model, law) for model in MODELS}


def planning_weight(parameters: Float[np.ndarray, "... 5"]) -> Float[np.ndarray, "..."]:
    """w = β_MB / (β_MB + β_MF) of Daw et al. 2011, of parameters in the order of `PARAMETERS`.

    A β below zero counts as none; where neither is above it w is 1/2.
    """
    model_based, model_free = (np.maximum(parameters[..., at], 0.0) for at in (BETA_MB, BETA_MF))
    total = model_based + model_free
    return np.divide(model_based, total, out=np.full(total.shape, 0.5), where=total > 0)


def log_likelihood(
    blocks: Trials, parameters: Float[np.ndarray, "blocks 5"], law: TwoStepLaw
) -> Float[np.ndarray, "blocks"]:
    """ln of the probability of each block's choices by the learners of Daw et al., given their parameters."""
    check_trials(blocks)
    _check_law(law)
    model_based, at_once, traced = features(blocks, parameters[:, ALPHA], law)
    _, mb, mf, decay, stay = parameters.T[:, :, None, None]
    odds = mb * model_based + mf * (at_once + decay * traced) + stay * _last_choice(blocks)
    lost = np.logaddexp(0.0, odds) - blocks.action * odds
    return -lost.sum(axis=(1, 2))


def features(
    blocks: Trials, alpha: Float[np.ndarray, "blocks"], law: TwoStepLaw
) -> Float[np.ndarray, "3 blocks lifetimes K"]:
    """Before each choice, for action 1 over action 0: M, and Q's part without λ and its part times λ."""
    rate = alpha[:, None, None]
    decay = np.array([0.0, 1.0]).reshape(2, 1, 1, 1)  # Q is linear in λ: its part times λ is the difference
    found = np.empty((3, *blocks.action.shape))
    states = np.full((*blocks.action.shape[:2], 2), 0.5)
    actions = np.full((2, *states.shape), 0.5)
    for t in range(found.shape[-1]):
        found[0, :, :, t] = daw.planned(states[..., 1] - states[..., 0], law.common)
        found[1:, :, :, t] = actions[..., 1] - actions[..., 0]
        chosen, visited = (np.eye(2)[array[:, :, t]] for array in (blocks.action, blocks.state))
        reward = blocks.reward[:, :, t, None]
        actions, states = daw.learn(actions, states, chosen, visited, reward, rate, decay)
    found[2] -= found[1]
    return found


def inferred(blocks: Trials, law: TwoStepLaw) -> Blocks:
    """M[1] - M[0] where V[s] is what s is expected to pay, by Bayes' rule: the filter over the good state."""
    lifetimes, horizon = blocks.action.shape[:2], blocks.action.shape[2]
    belief, found = np.full(lifetimes, 0.5), np.empty((*lifetimes, horizon))  # belief that S₃ is good
    for t in range(horizon):
        ahead = two_step_filter.expected_difference(belief, law.high, law.low)
        found[:, :, t] = daw.planned(ahead, law.common)
        belief = believed(belief, blocks.state[:, :, t], blocks.reward[:, :, t], law)
    return found


def believed(belief, state, reward, law: TwoStepLaw) -> Float[np.ndarray, "blocks lifetimes"]:
    """P(S₃ is good) after a trial."""
    if_s3, if_s2 = (
        two_step_filter.likelihood(state == good, reward > 0.5, law.high, law.low) for good in (1, 0)
    )
    return two_step_filter.believed(belief, if_s3, if_s2, law.reversal)


def _search(loss_at, blocks: int) -> Float[np.ndarray, "blocks"]:
    """The best α of each block: that of the grid, then golden section between its neighbours."""
    on_grid = np.stack([loss_at(np.full(blocks, rate)) for rate in GRID])
    best = on_grid.argmin(axis=0)
    low, high = GRID[np.maximum(best - 1, 0)], GRID[np.minimum(best + 1, len(GRID) - 1)]
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss_at(left), loss_at(right)
    for _ in range(NARROWINGS):
        down = at_left < at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        new = np.where(down, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        found = loss_at(new)
        left, right = np.where(down, new, right), np.where(down, left, new)
        at_left, at_right = np.where(down, found, at_right), np.where(down, at_left, found)
    middle = (low + high) / 2
    return np.where(loss_at(middle) < on_grid.min(axis=0), middle, GRID[best])


def _at_rate(blocks: Trials, model: str, law: TwoStepLaw, alpha: Float[np.ndarray, "blocks"]) -> _Regression:
    """The best parameters for a given α."""
    if model == "latent-state":
        return _regressed(blocks, MODELS[model], inferred(blocks, law)[None], alpha)
    return _regressed(blocks, MODELS[model], features(blocks, alpha, law), alpha)


def _regressed(
    blocks: Trials,
    free: tuple[int, ...],
    made: Float[np.ndarray, "features blocks lifetimes K"],
    alpha: Float[np.ndarray, "blocks"],
) -> _Regression:
    """The regression on `features`; with λ at 0 or at 1 where the best one lies beyond."""
    first, last = [made[0]] if BETA_MB in free else [], [_last_choice(blocks)]
    if BETA_MF not in free:
        return _as_parameters(_regress(blocks, [*first, *last]), free, alpha, np.zeros_like(alpha))
    at_once, traced, place = made[1], made[2], len(first)
    whole = _regress(blocks, [*first, at_once, traced, *last])
    beta, beta_decay = whole.weights[:, place], whole.weights[:, place + 1]
    decay = np.divide(beta_decay, beta, out=np.full(len(alpha), -1.0), where=beta != 0)
    loss = np.where((decay >= 0) & (decay <= 1), whole.loss, np.inf)
    ends = [_Regression(np.delete(whole.weights, place + 1, axis=1), loss, whole.converged)]
    ends += [_regress(blocks, [*first, at_once + edge * traced, *last]) for edge in (0, 1)]
    best, rows = np.argmin([end.loss for end in ends], axis=0), np.arange(len(alpha))
    chosen = _Regression(*(np.stack(kind)[best, rows] for kind in zip(*ends, strict=True)))
    decays = np.stack([decay, np.zeros_like(decay), np.ones_like(decay)])
    return _as_parameters(chosen, free, alpha, decays[best, rows])


def _as_parameters(found: _Regression, free: tuple[int, ...], alpha, decay) -> _Regression:
    parameters = np.zeros((len(alpha), len(PARAMETERS)))
    parameters[:, ALPHA] = alpha
    parameters[:, TRACE_DECAY] = decay
    for column, place in enumerate(place for place in free if place not in (ALPHA, TRACE_DECAY)):
        parameters[:, place] = found.weights[:, column]
    return found._replace(weights=parameters)


def _regress(blocks: Trials, columns: list[Blocks]) -> _Regression:
    """Logistic regressions without an intercept, one for each block."""
    count = len(blocks.action)
    design = np.stack([column.reshape(count, -1) for column in columns], axis=-1)
    chosen = blocks.action.reshape(count, -1)
    end = fit_rows(Rows(design, np.ones(chosen.shape), chosen), np.full(len(columns), RIDGE), GAIN)
    return _Regression(end.parameters, end.loss.value, end.converged)


def _last_choice(blocks: Trials) -> Blocks:
    """±1 for the action of the trial before; 0 before the first."""
    signs = 2.0 * blocks.action - 1.0
    return np.concatenate([np.zeros_like(signs[:, :, :1]), signs[:, :, :-1]], axis=2)
