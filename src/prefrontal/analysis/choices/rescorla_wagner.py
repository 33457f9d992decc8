"""Rescorla-Wagner learners fitted to choices (Wang et al. 2016, section 3.1.4).

Each of two arms has a value, 1/2 at the start of a lifetime. Only the chosen arm is updated, even if the arms
are anticorrelated, and the choice is a softmax with lapses:

    v[a] ← v[a] + α (r - v[a]),        P(a) = ε/2 + (1 - ε) / (1 + exp(-β (v[a] - v[other]))).

α is the learning rate, β the inverse temperature, ε the probability of a lapse. The name of a model lists its
fitted parameters: `b`, `ab`, `be`, `abe`. Parameters that are not fitted are fixed at α = 0.5, ε = 0, as in
the paper. A block is a few lifetimes (ten in the paper) of one volatility, with its own parameters. The paper
does not say what happens to the arm that was not chosen, nor what the initial values are; the choices above
are ours.

Fits maximise the likelihood in the box 0 ≤ α ≤ 1, 0 ≤ β ≤ 50, 0 ≤ ε ≤ 1, for all blocks at once: first on a
coarse grid, then with a damped Newton's method. With rewards of 0 and 1, choices at β = 50 are almost
deterministic.

A missed trial, in which no answer was given, changes no value and adds nothing to the likelihood, so the fit
is the same as without this trial.
"""

import itertools
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Real
from scipy import optimize, stats

from prefrontal.analysis.choices.checking import (
    BLOCKS,
    check_learnt,
    count_choices,
    read_choices,
    read_parameters,
)
from prefrontal.analysis.choices.fits import ALPHA, Fit, fitted
from prefrontal.analysis.statistics.intervals import resampled_interval
from prefrontal.analysis.statistics.newton import Loss, minimise
from prefrontal.checks import check_integer, shown
from prefrontal.errors import UserError
from prefrontal.models.rescorla_wagner import learn
from prefrontal.suggest import lookup

Model = Literal["b", "ab", "be", "abe"]

BETA, EPSILON = 1, 2  # the places of the parameters in every array of them, after that of ALPHA
MODELS: dict[str, tuple[int, ...]] = {
    "b": (BETA,),
    "ab": (ALPHA, BETA),
    "be": (BETA, EPSILON),
    "abe": (ALPHA, BETA, EPSILON),
}
FIXED_ALPHA, FIXED_EPSILON = 0.5, 0.0
PARAMETERS = ("alpha", "beta", "epsilon")
HIGHEST = np.array([1.0, 50.0, 1.0])  # the lowest are 0
STEEPEST = 500.0  # the highest β of which a likelihood is given: e^500 is a number
SCALE = np.array([0.3, 5.0, 0.1])  # changes of the parameters that matter about equally
GRID_ALPHA = ((0.03, 0.1, 0.25), (0.5, 0.75, 0.95))  # the best of the slow and of the fast are both starts
GRID_BETA = (0.5, 2.0, 5.0, 12.0, 30.0)
GRID_EPSILON = (0.02, 0.2)
FLAT = 1e-3  # a gradient below this, per SCALE, is an optimum: the likelihood is then within 1e-6 of its best


class SharedComparison(NamedTuple):
    """One learning rate for all blocks against one for each block; all else is fitted per block in both."""

    alpha: float  # the best of the shared learning rates
    shared_bic: float  # k ln n - 2 ln L of all blocks together, n the number of all choices
    per_block_bic: float
    gain_error: float  # standard error of `gain` over blocks

    @property
    def gain(self) -> float:
        """The BIC with a shared learning rate less that with one for each block."""
        return self.shared_bic - self.per_block_bic

    @property
    def prefers_per_block(self) -> bool:
        return self.per_block_bic < self.shared_bic


class _Blocks(NamedTuple):
    """Choices, with time first. In a missed trial no arm is chosen."""

    chosen: Float[np.ndarray, "T 2 blocks lifetimes"]  # 1 for the arm that was chosen, otherwise 0
    reward: Float[np.ndarray, "T blocks lifetimes"]
    made: Float[np.ndarray, "T blocks lifetimes"]  # 1 where there is a choice, 0 where the trial was missed
    choices: Integer[np.ndarray, "blocks"]  # how many were made

    def take(self, rows: Integer[np.ndarray, "rows"]) -> "_Blocks":
        return _Blocks(self.chosen[:, :, rows], self.reward[:, rows], self.made[:, rows], self.choices[rows])


class _End(NamedTuple):
    """The end of a search."""

    parameters: Float[np.ndarray, "blocks 3"]
    loss: Float[np.ndarray, "blocks"]
    converged: Bool[np.ndarray, "blocks"]


def blocks_of_one_volatility(
    volatility: Real[np.ndarray, "N"], size: int = 10, most: int = 100
) -> tuple[Integer[np.ndarray, "blocks size"], Float[np.ndarray, "blocks"]]:
    """Group lifetimes into blocks of one volatility. Returns their places and each block's volatility.

    **Arguments:** `size`, the number of lifetimes in a block; `most`, the largest number of blocks of each
    volatility. Lifetimes that do not fill a block are not used.
    """
    check_integer("size", size, 1)
    check_integer("most", most, 1)
    if not np.isfinite(volatility).all():
        raise ValueError(f"volatility is not finite in {(~np.isfinite(volatility)).sum()} lifetimes")
    rows = []
    for level in np.unique(volatility):
        places = np.flatnonzero(volatility == level)
        count = min(len(places) // size, most)
        rows.append(places[: count * size].reshape(count, size))
    blocks = np.concatenate(rows) if rows else np.zeros((0, size), int)
    if not len(blocks):
        raise ValueError(f"no volatility has {size} lifetimes; blocks need that many of the same volatility")
    return blocks, volatility[blocks[:, 0]].astype(np.float64)


def log_likelihood(
    action: Real[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    parameters: Float[np.ndarray, "blocks 3"],
    missed: Bool[np.ndarray, "blocks lifetimes T"] | None = None,
) -> Float[np.ndarray, "blocks"]:
    """ln of the probability of each block's choices, given its α, β, ε and the rewards.

    **Arguments:** as in `fit`; `parameters`, 0 ≤ α ≤ 1, 0 ≤ β ≤ 500, 0 ≤ ε ≤ 1.
    """
    blocks = _prepare(action, reward, missed)
    highest = [HIGHEST[ALPHA], STEEPEST, HIGHEST[EPSILON]]
    parameters = read_parameters(parameters, PARAMETERS, [0.0] * 3, highest, len(blocks.choices))
    advantages = _advantages(blocks, parameters[:, ALPHA])
    return _log_likelihood(blocks, advantages, parameters[:, BETA], parameters[:, EPSILON])


def fit(
    action: Real[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    model: Model,
    missed: Bool[np.ndarray, "blocks lifetimes T"] | None = None,
) -> Fit:
    """Fit one model to every block by maximum likelihood.

    **Arguments:** `action`, 0 or 1, and `reward`, from 0 to 1 so that values stay in this range, both
    (blocks, lifetimes, trials); `missed`, True where no answer was given (None: no missed trials). In masked
    arrays, masked trials are missed. Pad lifetimes of different lengths with missed trials.

    **Raises:** ValueError for other codes, for a block without a choice, and for one without a lifetime of
    two choices, which identifies no parameter.
    """
    free = lookup("Rescorla-Wagner model", model, MODELS)
    blocks = _prepare_to_fit(action, reward, missed)
    return _as_fit(_fit(blocks, free, {}), len(free), blocks)


def fit_models(
    action: Real[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    missed: Bool[np.ndarray, "blocks lifetimes T"] | None = None,
) -> dict[str, Fit]:
    """All four models, by name. The arguments are those of `fit`."""
    blocks, found = _prepare_to_fit(action, reward, missed), {}
    return {model: _as_fit(_fit(blocks, free, found), len(free), blocks) for model, free in MODELS.items()}


def preferred(fits: dict[str, Fit]) -> str:
    """The model with the lowest BIC, summed over blocks.

    **Arguments:** `fits`, by the name of each model, of the same blocks, as `fit_models` gives them.
    """
    if not isinstance(fits, Mapping) or not fits:
        raise UserError(f"fits is {shown(fits)}; it must be fits by the names of models, as from fit_models")
    return min(fits, key=lambda model: fits[model].bic.sum())


def proportion_preferred(fits: dict[str, Fit]) -> dict[str, float]:
    """The proportion of blocks in which each model has the lowest BIC."""
    best = np.argmin([one.bic for one in fits.values()], axis=0)
    return {model: float(np.mean(best == index)) for index, model in enumerate(fits)}


def compare_shared_alpha(
    action: Real[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    model: Literal["ab", "abe"] = "ab",
    missed: Bool[np.ndarray, "blocks lifetimes T"] | None = None,
) -> SharedComparison:
    """Compares a learning rate for each block with one learning rate for all blocks, by BIC.

    The shared rate maximises the profile likelihood: at each α the other parameters are fitted block by
    block.
    """
    with_rate = {name: free[1:] for name, free in MODELS.items() if ALPHA in free}
    free = lookup("model with a learning rate", model, with_rate)
    blocks = _prepare_to_fit(action, reward, missed)
    count, choices = len(blocks.choices), blocks.choices.sum()
    own = fit(action, reward, model, missed)
    start = own.parameters.copy()

    def profile(alpha: float) -> float:
        start[:, ALPHA] = alpha
        return float(_newton(blocks, start, free).loss.sum())

    alpha, loss = _minimise(profile)
    start[:, ALPHA] = alpha
    gains = 2 * (_newton(blocks, start, free).loss + own.log_likelihood)
    per_block = -own.log_likelihood.sum()
    shared_bic = (count * len(free) + 1) * np.log(choices) + 2 * loss
    per_block_bic = count * (len(free) + 1) * np.log(choices) + 2 * per_block
    gain_error = float(np.sqrt(count) * gains.std())
    return SharedComparison(alpha, float(shared_bic), float(per_block_bic), gain_error)


def rank_correlation(x: Real[np.ndarray, "n"], y: Real[np.ndarray, "n"]) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN where x or y is constant."""
    x, y = np.asarray(x), np.asarray(y)
    if (
        {x.dtype.kind, y.dtype.kind} - set("biuf")
        or np.ndim(x) != 1
        or np.shape(x) != np.shape(y)
        or not (np.isfinite(x).all() and np.isfinite(y).all())
    ):
        raise ValueError(
            f"x and y must be finite and of one length: they have {np.shape(x)} and {np.shape(y)} numbers"
        )
    ranks = np.stack([stats.rankdata(x), stats.rankdata(y)])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((centred**2).sum(axis=1).prod())
    return float((centred[0] * centred[1]).sum() / size) if size > 0 else float("nan")


def learning_rate_against_volatility(
    alpha: Float[np.ndarray, "blocks"], volatility: Real[np.ndarray, "blocks"], seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """Rank correlation of the blocks' learning rates with their volatility, and its interval over blocks.

    The interval is for one agent. For several trainings, pass the correlation of each seed to
    `intervals.mean_of`.
    """
    correlation = rank_correlation(alpha, volatility)
    if np.isnan(correlation):
        raise ValueError("alpha or volatility is the same in all blocks; a correlation needs both to differ")
    return correlation, resampled_interval(rank_correlation, alpha, volatility, seed=seed)


def _as_fit(end: _End, size: int, blocks: _Blocks) -> Fit:
    """The fit of a model with `size` parameters."""
    return fitted(*end, size, blocks.choices)


def _prepare(action, reward, missed=None) -> _Blocks:
    lived = read_choices(action, reward, missed, axes=BLOCKS, least=0.0, most=1.0)
    action, reward, made = (np.ascontiguousarray(np.moveaxis(array, -1, 0)) for array in lived)
    chosen = np.stack([(action == arm) & made for arm in (0, 1)], axis=1).astype(np.float64)
    return _Blocks(chosen, reward, made.astype(np.float64), count_choices(lived.made))


def _prepare_to_fit(action, reward, missed) -> _Blocks:
    blocks = _prepare(action, reward, missed)
    check_learnt(np.moveaxis(blocks.made > 0, 0, -1))
    return blocks


def _advantages(
    blocks: _Blocks, alpha: Float[np.ndarray, "blocks"]
) -> Float[np.ndarray, "T blocks lifetimes"]:
    """The value of the chosen arm less that of the other, before each choice; 0 in missed trials."""
    rate = alpha[:, None]
    values = np.full(blocks.chosen.shape[1:], 0.5)
    advantages = np.zeros_like(blocks.reward)
    for t, (chosen, reward) in enumerate(zip(blocks.chosen, blocks.reward, strict=True)):
        advantages[t] = (chosen[0] - chosen[1]) * (values[0] - values[1])
        values = learn(values, chosen, reward, rate)
    return advantages


def _advantages_and_slopes(
    blocks: _Blocks, alpha: Float[np.ndarray, "blocks"]
) -> Float[np.ndarray, "3 T blocks lifetimes"]:
    """The advantages, and their first and second derivatives in α."""
    rate = alpha[:, None]
    values = np.full(blocks.chosen.shape[1:], 0.5)
    slopes, bends = np.zeros_like(values), np.zeros_like(values)
    found = np.zeros((3, *blocks.reward.shape))
    for t, (chosen, reward) in enumerate(zip(blocks.chosen, blocks.reward, strict=True)):
        sign = chosen[0] - chosen[1]
        for place, quantity in enumerate((values, slopes, bends)):
            found[place, t] = sign * (quantity[0] - quantity[1])
        bends -= chosen * (2 * slopes + rate * bends)
        slopes += chosen * (reward - values - rate * slopes)
        values = learn(values, chosen, reward, rate)
    return found


def _log_likelihood(
    blocks: _Blocks,
    advantages: Float[np.ndarray, "T blocks lifetimes"],
    beta: Float[np.ndarray, "blocks"],
    epsilon: Float[np.ndarray, "blocks"],
) -> Float[np.ndarray, "blocks"]:
    lapse = epsilon[:, None]
    chance = lapse / 2 + (1 - lapse) / (1 + np.exp(-beta[:, None] * advantages))
    return (blocks.made * np.log(chance)).sum(axis=(0, 2))


def _loss(blocks: _Blocks, parameters: Float[np.ndarray, "blocks 3"]) -> Loss:
    """The negative log-likelihood, its gradient and its Hessian: the chain rule through P, term by term.

    In a missed trial the advantage and its derivatives are 0, and so is every term except ln P.
    """
    _, beta, lapse = parameters.T[:, :, None]
    advantage, slope, bend = _advantages_and_slopes(blocks, parameters[:, ALPHA])
    sigmoid = 1 / (1 + np.exp(-beta * advantage))
    chance = lapse / 2 + (1 - lapse) * sigmoid
    steep = sigmoid * (1 - sigmoid) / chance  # of the sigmoid, relative to P
    first = (1 - lapse) * steep  # ∂ ln P / ∂u with u = β · advantage
    second = first * (1 - 2 * sigmoid)  # ∂²P / ∂u² / P
    by_alpha, by_beta, by_epsilon = first * beta * slope, first * advantage, (0.5 - sigmoid) / chance
    total = lambda terms: terms.sum(axis=(0, 2))  # noqa: E731
    gradient = np.stack([total(by_alpha), total(by_beta), total(by_epsilon)], axis=-1)
    hessian = np.zeros((len(parameters), 3, 3))
    hessian[:, ALPHA, ALPHA] = total(second * (beta * slope) ** 2 + first * beta * bend - by_alpha**2)
    hessian[:, BETA, BETA] = total(second * advantage**2 - by_beta**2)
    hessian[:, EPSILON, EPSILON] = total(-(by_epsilon**2))
    alpha_beta = total(second * beta * slope * advantage + first * slope - by_alpha * by_beta)
    alpha_epsilon = total(-steep * beta * slope - by_alpha * by_epsilon)
    beta_epsilon = total(-steep * advantage - by_beta * by_epsilon)
    hessian[:, ALPHA, BETA] = hessian[:, BETA, ALPHA] = alpha_beta
    hessian[:, ALPHA, EPSILON] = hessian[:, EPSILON, ALPHA] = alpha_epsilon
    hessian[:, BETA, EPSILON] = hessian[:, EPSILON, BETA] = beta_epsilon
    return Loss(-total(blocks.made * np.log(chance)), -gradient, -hessian)


def _fit(blocks: _Blocks, free: tuple[int, ...], found: dict[tuple[int, ...], _End]) -> _End:
    """The best result of Newton's method from several starts; `found` holds it and those of smaller models.

    The likelihood may have more than one maximum. The starts are the best slow and the best fast learner of
    the grid, and the end points of each model with one parameter less. So no model is ever less likely than a
    model nested in it.
    """
    if free not in found:
        groups = GRID_ALPHA if ALPHA in free else ((FIXED_ALPHA,),)
        starts = [_best_of_grid(blocks, rates, free) for rates in groups]
        smaller = [tuple(place for place in free if place != out) for out in free if out != BETA]
        starts += [_fit(blocks, fewer, found).parameters for fewer in smaller]
        ends = [_newton(blocks, start, free) for start in starts]
        best = np.argmin([end.loss for end in ends], axis=0)
        rows = np.arange(len(best))
        found[free] = _End(*(np.stack(kind)[best, rows] for kind in zip(*ends, strict=True)))
    return found[free]


def _best_of_grid(
    blocks: _Blocks, rates: tuple[float, ...], free: tuple[int, ...]
) -> Float[np.ndarray, "blocks 3"]:
    """Each block's most likely point of a coarse grid with these learning rates."""
    whole, lapses = np.ones(len(blocks.choices)), GRID_EPSILON if EPSILON in free else (FIXED_EPSILON,)
    points, found = [], []
    for rate in rates:
        advantages = _advantages(blocks, rate * whole)
        for beta, lapse in itertools.product(GRID_BETA, lapses):
            points.append((rate, beta, lapse))
            found.append(_log_likelihood(blocks, advantages, beta * whole, lapse * whole))
    return np.array(points)[np.argmax(found, axis=0)]


def _newton(blocks: _Blocks, start: Float[np.ndarray, "blocks 3"], free: tuple[int, ...]) -> _End:
    """The smallest loss of every block over its free parameters, within the box."""
    end = minimise(
        lambda rows, parameters: _loss(blocks.take(rows), parameters),
        start,
        flat=FLAT,
        free=np.isin(np.arange(3), free),
        lowest=np.zeros(3),
        highest=HIGHEST,
        scale=SCALE,
        damping=1e-3,
    )
    return _End(end.parameters, end.loss.value, end.converged)


def _minimise(profile) -> tuple[float, float]:
    """The minimum of a smooth function on [0, 1] and its place: a grid of eleven, then Brent's method."""
    grid = np.linspace(0, 1, 11)
    best = int(np.argmin([profile(float(alpha)) for alpha in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, 10)]
    found = optimize.minimize_scalar(profile, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return float(found.x), float(found.fun)
