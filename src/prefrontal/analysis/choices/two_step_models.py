"""Cognitive models of the two-step task, fitted to choices.

The learners are those of `models/daw.py` with all values 1/2 at first, and

    logit P(action 1) = β_MB (M[1] - M[0]) + β_MF (Q[1] - Q[0]) + π (±1 for the action chosen last).

(Daw's β is β_MB + β_MF, and w is β_MB / β; this form is Otto et al. 2013's.) `latent-state` learns no values.
It infers which state is good (Akam et al. 2015): V[s] is the expected reward of s by Bayes' rule, given the
task's probabilities.

Q is linear in λ. So for a given α all models are logistic regressions on M[1] - M[0] and on the two parts of
Q[1] - Q[0], with a single best fit. Only α is searched, on a grid and then by golden section, in all blocks
at once. No starting values are needed.

In a missed trial, in which no answer was given, nothing is learnt and there is no choice: the last chosen
action is that of the trial before it. The learner that infers the good state learns nothing from it either,
but knows that the state may have changed.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from prefrontal.analysis.choices.checking import BLOCKS, check_learnt, count_choices, read_parameters
from prefrontal.analysis.choices.fits import Fit, fitted
from prefrontal.analysis.choices.two_step import Trials, read_trials
from prefrontal.analysis.statistics.logistic import Rows, fit_rows
from prefrontal.checks import check_integer, check_kind, settle
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
LOWEST, HIGHEST = (0.0, -np.inf, -np.inf, 0.0, -np.inf), (1.0, np.inf, np.inf, 1.0, np.inf)  # of parameters
NARROWINGS = 8  # of the golden section: α is then known to 0.003
RIDGE = 1e-4  # ridge / 2 times the squared weights keeps those of certain choices finite
GAIN = 1e-5  # a log-likelihood is then within half of it of its best
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0

Numbers = Float[np.ndarray, "blocks lifetimes K"]


@dataclasses.dataclass(frozen=True)
class TwoStepLaw:
    """The probabilities of the task, as the planner and the inferring learner assume them."""

    common: float = 0.75  # P(S₂ | action 0)
    high: float = 0.9  # the reward probability of the good state
    low: float = 0.1  # that of the other state
    reversal: float = 0.0  # the probability, before a trial, that the states change places

    def __post_init__(self):
        settle(self, **dict.fromkeys(("common", "high", "low", "reversal"), (0.0, 1.0)))


def check_law(law: TwoStepLaw) -> None:
    """Raise a ValueError for anything but a `TwoStepLaw`."""
    check_kind("law", law, TwoStepLaw, ", as in TwoStepLaw(common=0.8)")


class _Regression(NamedTuple):
    """The result of a regression: its weights, or all five parameters computed from them."""

    weights: Float[np.ndarray, "blocks k"]
    loss: Float[np.ndarray, "blocks"]  # the negative log-likelihood, and the ridge's part
    converged: Bool[np.ndarray, "blocks"]


def in_blocks(lived: Trials, size: int = 10, most: int = 20) -> Trials:
    """The first lifetimes as at most `most` blocks of `size`: arrays (blocks, lifetimes, trials)."""
    check_integer("size", size, 1)
    check_integer("most", most, 1)
    lived = read_trials(lived)
    count = min(len(lived.action) // size, most)
    if count == 0:
        raise ValueError(f"there are {len(lived.action)} lifetimes; a block has {size}")
    return lived.each(lambda array: array[: count * size].reshape(count, size, -1))


def fit(blocks: Trials, model: str, law: TwoStepLaw) -> Fit:
    """Fit one model to each block by maximum likelihood.

    **Raises:** ValueError for other codes, for states and `common` that contradict `law`, for a block without
    a choice, and for one without a lifetime of two choices, which identifies no parameter.
    """
    free = lookup("model", model, MODELS)
    blocks = _read(blocks, law)
    choices = count_choices(blocks.made)
    check_learnt(blocks.made)
    alpha = np.zeros(len(choices))
    if ALPHA in free:
        alpha = _search(lambda rates: _at_rate(blocks, model, law, rates).loss, len(choices))
    parameters, loss, converged = _at_rate(blocks, model, law, alpha)
    return fitted(parameters, loss, converged, len(free), choices)


def _read(blocks: Trials, law: TwoStepLaw) -> Trials:
    """The blocks as plain arrays, after checking that they fit the law."""
    check_law(law)
    blocks = read_trials(blocks, BLOCKS)
    usual = (blocks.state == blocks.action) == (law.common > 0.5)
    wrong = blocks.made & (blocks.common != usual)
    if law.common != 0.5 and wrong.any():
        place = tuple(int(one) for one in np.argwhere(wrong)[0])
        action, state, common = (array[place] for array in blocks[:3])
        raise ValueError(
            f"common is {common} at {place}, where action {action} led to state {state}: by law.common = "
            f"{law.common} that is {'rare' if common else 'common'}. Number the states so that action 0 "
            "leads to state 0 with this probability, and action 1 to state 1"
        )
    return blocks


def fit_all(blocks: Trials, law: TwoStepLaw) -> dict[str, Fit]:
    """Fit every model. The arguments are those of `fit`."""
    return {model: fit(blocks, model, law) for model in MODELS}


def planning_weight(parameters: Float[np.ndarray, "... 5"]) -> Float[np.ndarray, "..."]:
    """w = β_MB / (β_MB + β_MF) of Daw et al. 2011, for parameters in the order of `PARAMETERS`.

    A β below zero counts as zero; if neither is above zero, w is 1/2.
    """
    if np.shape(parameters)[-1:] != (len(PARAMETERS),) or not np.isfinite(parameters).all():
        raise ValueError(f"parameters must be finite, {', '.join(PARAMETERS)} in the last axis")
    model_based, model_free = (np.maximum(parameters[..., at], 0.0) for at in (BETA_MB, BETA_MF))
    total = model_based + model_free
    return np.divide(model_based, total, out=np.full(total.shape, 0.5), where=total > 0)


def log_likelihood(
    blocks: Trials, parameters: Float[np.ndarray, "blocks 5"], law: TwoStepLaw
) -> Float[np.ndarray, "blocks"]:
    """ln of the probability of each block's choices by the learners of Daw et al., given their parameters.

    **Arguments:** `parameters`, in the order of `PARAMETERS`; α and λ from 0 to 1, the others finite.
    """
    blocks = _read(blocks, law)
    parameters = read_parameters(parameters, PARAMETERS, LOWEST, HIGHEST, len(blocks.action))
    model_based, at_once, traced = _features(blocks, parameters[:, ALPHA], law)
    _, mb, mf, decay, stay = parameters.T[:, :, None, None]
    odds = mb * model_based + mf * (at_once + decay * traced) + stay * _last_choice(blocks)
    lost = np.logaddexp(0.0, odds) - blocks.action * odds
    return -(blocks.made * lost).sum(axis=(1, 2))


def _features(
    blocks: Trials, alpha: Float[np.ndarray, "blocks"], law: TwoStepLaw
) -> Float[np.ndarray, "3 blocks lifetimes K"]:
    """Before each choice, for action 1 less action 0: M, Q's part without λ, and Q's part times λ."""
    rate = alpha[:, None, None]
    decay = np.array([0.0, 1.0]).reshape(2, 1, 1, 1)  # Q is linear in λ: its part times λ is the difference
    found, answered = np.zeros((3, *blocks.action.shape)), blocks.made[..., None]
    states = np.full((*blocks.action.shape[:2], 2), 0.5)
    actions = np.full((2, *states.shape), 0.5)
    for t in range(found.shape[-1]):
        found[0, :, :, t] = daw.planned(states[..., 1] - states[..., 0], law.common)
        found[1:, :, :, t] = actions[..., 1] - actions[..., 0]
        kinds = (blocks.action, blocks.state)
        chosen, visited = (answered[:, :, t] * np.eye(2)[array[:, :, t]] for array in kinds)
        reward = blocks.reward[:, :, t, None]
        actions, states = daw.learn(actions, states, chosen, visited, reward, rate, decay)
    found[2] -= found[1]
    return found


def inferred(blocks: Trials, law: TwoStepLaw) -> Numbers:
    """M[1] - M[0], with V[s] the expected reward of s by Bayes' rule: the filter over the good state."""
    blocks = read_trials(blocks, BLOCKS)
    lifetimes, horizon = blocks.action.shape[:2], blocks.action.shape[-1]
    belief, found = np.full(lifetimes, 0.5), np.zeros((*lifetimes, horizon))  # belief that S₃ is good
    for t in range(horizon):
        ahead = two_step_filter.expected_difference(belief, law.high, law.low)
        found[:, :, t] = daw.planned(ahead, law.common)
        state, reward, made = (array[:, :, t] for array in (blocks.state, blocks.reward, blocks.made))
        belief = believed(belief, state, reward, law, made)
    return found


def believed(belief, state, reward, law: TwoStepLaw, made) -> Float[np.ndarray, "blocks lifetimes"]:
    """P(S₃ is good) after a trial. A missed trial is equally likely in either state."""
    if_s3, if_s2 = (
        np.where(made, two_step_filter.likelihood(state == good, reward > 0.5, law.high, law.low), 1.0)
        for good in (1, 0)
    )
    return two_step_filter.believed(belief, if_s3, if_s2, law.reversal)


def _search(loss_at, blocks: int) -> Float[np.ndarray, "blocks"]:
    """The best α of each block: the best of the grid, then golden section between its neighbours."""
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
    return _regressed(blocks, MODELS[model], _features(blocks, alpha, law), alpha)


def _regressed(
    blocks: Trials,
    free: tuple[int, ...],
    made: Float[np.ndarray, "features blocks lifetimes K"],
    alpha: Float[np.ndarray, "blocks"],
) -> _Regression:
    """The regression on `features`; λ is 0 or 1 if its best value lies outside."""
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


def _regress(blocks: Trials, columns: list[Numbers]) -> _Regression:
    """Logistic regressions without an intercept, one for each block."""
    count = len(blocks.action)
    design = np.stack([column.reshape(count, -1) for column in columns], axis=-1)
    chosen, made = blocks.action.reshape(count, -1), blocks.made.reshape(count, -1).astype(np.float64)
    end = fit_rows(Rows(design, made, chosen), np.full(len(columns), RIDGE), GAIN)
    return _Regression(end.parameters, end.loss.value, end.converged)


def _last_choice(blocks: Trials) -> Numbers:
    """±1 for the last chosen action, in any earlier trial; 0 before the first choice."""
    signs, made = 2.0 * blocks.action - 1.0, blocks.made
    last = np.maximum.accumulate(np.where(made, np.arange(made.shape[2]), -1), axis=2)  # trial with a choice
    signs = np.where(last >= 0, np.take_along_axis(signs, np.maximum(last, 0), axis=2), 0.0)
    return np.concatenate([np.zeros_like(signs[:, :, :1]), signs[:, :, :-1]], axis=2)
