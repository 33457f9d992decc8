"""Rescorla-Wagner learners fitted to choices (Wang et al. 2016, section 3.1.4).

Each of two arms has a value, 1/2 at the start of a lifetime. Only the arm that was chosen is updated,
also where the arms are anticorrelated, and the choice is a softmax with lapses:

    v[a] ← v[a] + α (r - v[a]),        P(a) = ε/2 + (1 - ε) / (1 + exp(-β (v[a] - v[other]))).

α is the learning rate, β the inverse temperature, ε the probability of a lapse. A model is named after
what is fitted: `b`, `ab`, `be`, `abe`. What is not fitted is fixed at α = 0.5, ε = 0, as in the paper. A
block is a few lifetimes (ten in the paper) of one volatility, with parameters of its own. The paper's
text names neither what happens to the arm not chosen nor the first values; those above are ours.

Fits are by maximum likelihood in the box 0 ≤ α ≤ 1, 0 ≤ β ≤ 50, 0 ≤ ε ≤ 1, all blocks at once: a coarse grid,
then a damped Newton's method. With rewards of 0 and 1, choices at β = 50 are all but deterministic.
"""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Real
from scipy import optimize, stats

from prefrontal.analysis.choices.checking import check_choices
from prefrontal.analysis.choices.fits import ALPHA, Fit, fitted
from prefrontal.analysis.statistics.intervals import resampled_interval
from prefrontal.analysis.statistics.newton import Loss, minimise
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
HIGHEST = np.array([1.0, 50.0, 1.0])  # the lowest are 0
SCALE = np.array([0.3, 5.0, 0.1])  # changes of the parameters that matter about equally
GRID_ALPHA = ((0.03, 0.1, 0.25), (0.5, 0.75, 0.95))  # the best of the slow and of the fast are both starts
GRID_BETA = (0.5, 2.0, 5.0, 12.0, 30.0)
GRID_EPSILON = (0.02, 0.2)
FLAT = 1e-3  # a gradient below this, per SCALE, is an optimum: the likelihood is then within 1e-6 of its best


class SharedComparison(NamedTuple):
    """One learning rate for all blocks against one for each. Everything else is fitted per block in both."""

    alpha: float  # the best of the shared learning rates
    shared_bic: float  # k ln n - 2 ln L of all blocks together, n the number of all choices
    per_block_bic: float

    @property
    def prefers_per_block(self) -> bool:
        return self.per_block_bic < self.shared_bic


class _Blocks(NamedTuple):
    """Choices, time first."""

    first: Float[np.ndarray, "T blocks lifetimes"]  # 1 where the first arm was chosen, otherwise 0
    reward: Float[np.ndarray, "T blocks lifetimes"]

    def take(self, rows: Integer[np.ndarray, "rows"]) -> "_Blocks":
        return _Blocks(self.first[:, rows], self.reward[:, rows])


class _End(NamedTuple):
    """Where a search ended."""

    parameters: Float[np.ndarray, "blocks 3"]
    loss: Float[np.ndarray, "blocks"]
    converged: Bool[np.ndarray, "blocks"]


def blocks_of_one_volatility(
    volatility: Real[np.ndarray, "N"], size: int = 10, most: int = 100
) -> tuple[Integer[np.ndarray, "blocks size"], Float[np.ndarray, "blocks"]]:
    """Gather lifetimes into blocks of one volatility: the lifetimes' places, and each block's volatility.

    **Arguments:** `size`, lifetimes in a block; `most`, blocks of each volatility at most. What is left over
    when the lifetimes of one volatility are cut into blocks is not used.
    """
    rows = []
    for level in np.unique(volatility):
        places = np.flatnonzero(volatility == level)
        count = min(len(places) // size, most)
        rows.append(places[: count * size].reshape(count, size))
    blocks = np.concatenate(rows)
    if not len(blocks):
        raise ValueError(f"no volatility has {size} lifetimes; blocks need that many of the same volatility")
    return blocks, volatility[blocks[:, 0]].astype(np.float64)


def log_likelihood(
    action: Integer[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    parameters: Float[np.ndarray, "blocks 3"],
) -> Float[np.ndarray, "blocks"]:
    """ln of the probability of each block's choices, given its α, β, ε and the rewards."""
    blocks = _prepare(action, reward)
    advantages = _advantages(blocks, parameters[:, ALPHA])
    return _log_likelihood(advantages, parameters[:, BETA], parameters[:, EPSILON])


def fit(
    action: Integer[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    model: Model,
) -> Fit:
    """Fit one model to every block by maximum likelihood.

    **Arguments:** `action`, 0 or 1; `reward`, from 0 to 1 for the values to stay there. Lifetimes are
    lived to the horizon.
    """
    free = lookup("Rescorla-Wagner model", model, MODELS)
    return _as_fit(_fit(_prepare(action, reward), free, {}), len(free), action[0].size)


def fit_models(
    action: Integer[np.ndarray, "blocks lifetimes T"], reward: Real[np.ndarray, "blocks lifetimes T"]
) -> dict[str, Fit]:
    """All four models, by name."""
    blocks, found = _prepare(action, reward), {}
    return {
        model: _as_fit(_fit(blocks, free, found), len(free), action[0].size) for model, free in MODELS.items()
    }


def preferred(fits: dict[str, Fit]) -> str:
    """The model with the lowest BIC, summed over blocks."""
    return min(fits, key=lambda model: fits[model].bic.sum())


def proportion_preferred(fits: dict[str, Fit]) -> dict[str, float]:
    """The proportion of blocks in which each model has the lowest BIC."""
    best = np.argmin([one.bic for one in fits.values()], axis=0)
    return {model: float(np.mean(best == index)) for index, model in enumerate(fits)}


def compare_shared_alpha(
    action: Integer[np.ndarray, "blocks lifetimes T"],
    reward: Real[np.ndarray, "blocks lifetimes T"],
    model: Literal["ab", "abe"] = "ab",
) -> SharedComparison:
    """Is a learning rate for each block worth its parameters, or does one serve all blocks?

    The shared one is found by maximising the profile likelihood: at each α the rest is fitted block by block.
    """
    free = tuple(place for place in lookup("model with a learning rate", model, MODELS) if place != ALPHA)
    blocks = _prepare(action, reward)
    count, choices = action.shape[0], action.size
    own = fit(action, reward, model)
    start = own.parameters.copy()

    def profile(alpha: float) -> float:
        start[:, ALPHA] = alpha
        return float(_newton(blocks, start, free).loss.sum())

    alpha, loss = _minimise(profile)
    per_block = -own.log_likelihood.sum()
    shared_bic = (count * len(free) + 1) * np.log(choices) + 2 * loss
    per_block_bic = count * (len(free) + 1) * np.log(choices) + 2 * per_block
    return SharedComparison(alpha, float(shared_bic), float(per_block_bic))


def rank_correlation(x: Real[np.ndarray, "n"], y: Real[np.ndarray, "n"]) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN where x or y is constant."""
    ranks = np.stack([stats.rankdata(x), stats.rankdata(y)])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((centred**2).sum(axis=1).prod())
    return float((centred[0] * centred[1]).sum() / size) if size > 0 else float("nan")


def learning_rate_against_volatility(
    alpha: Float[np.ndarray, "blocks"], volatility: Real[np.ndarray, "blocks"], seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """Rank correlation of the blocks' learning rates with their volatility, and its interval over blocks.

    The interval is for one agent. Over trainings, take the correlation of each seed and
    `intervals.seed_interval`.
    """
    correlation = rank_correlation(alpha, volatility)
    if np.isnan(correlation):
        raise ValueError("alpha or volatility is the same in all blocks; a correlation needs both to differ")
    return correlation, resampled_interval(rank_correlation, alpha, volatility, seed=seed)


def _as_fit(end: _End, size: int, choices: int) -> Fit:
    """The fit of a model with `size` parameters to blocks of so many choices."""
    return fitted(*end, size, choices)


def _prepare(action: np.ndarray, reward: np.ndarray) -> _Blocks:
    check_choices(action, reward, least=0.0, most=1.0)
    time_first = lambda array: np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float64)  # noqa: E731
    return _Blocks(time_first(1 - action), time_first(reward))


def _advantages(
    blocks: _Blocks, alpha: Float[np.ndarray, "blocks"]
) -> Float[np.ndarray, "T blocks lifetimes"]:
    """The value of the arm chosen less that of the other, before each choice."""
    rate = alpha[:, None]
    values = np.full((2, *blocks.first.shape[1:]), 0.5)
    advantages = np.empty_like(blocks.first)
    for t, (first, reward) in enumerate(zip(*blocks, strict=True)):
        advantages[t] = (2 * first - 1) * (values[0] - values[1])
        values = learn(values, np.stack([first, 1 - first]), reward, rate)
    return advantages


def _advantages_and_slopes(
    blocks: _Blocks, alpha: Float[np.ndarray, "blocks"]
) -> Float[np.ndarray, "3 T blocks lifetimes"]:
    """The advantages, and their first and second derivatives in α."""
    rate = alpha[:, None]
    values = np.full((2, *blocks.first.shape[1:]), 0.5)
    slopes, bends = np.zeros_like(values), np.zeros_like(values)
    found = np.empty((3, *blocks.first.shape))
    for t, (first, reward) in enumerate(zip(*blocks, strict=True)):
        sign = 2 * first - 1
        for place, quantity in enumerate((values, slopes, bends)):
            found[place, t] = sign * (quantity[0] - quantity[1])
        chosen = np.stack([first, 1 - first])
        bends -= chosen * (2 * slopes + rate * bends)
        slopes += chosen * (reward - values - rate * slopes)
        values = learn(values, chosen, reward, rate)
    return found


def _log_likelihood(
    advantages: Float[np.ndarray, "T blocks lifetimes"],
    beta: Float[np.ndarray, "blocks"],
    epsilon: Float[np.ndarray, "blocks"],
) -> Float[np.ndarray, "blocks"]:
    lapse = epsilon[:, None]
    chance = lapse / 2 + (1 - lapse) / (1 + np.exp(-beta[:, None] * advantages))
    return np.log(chance).sum(axis=(0, 2))


def _loss(blocks: _Blocks, parameters: Float[np.ndarray, "blocks 3"]) -> Loss:
    """The negative log-likelihood, its gradient and its Hessian: the chain rule through P, term by term."""
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
    hessian = np.empty((len(parameters), 3, 3))
    hessian[:, ALPHA, ALPHA] = total(second * (beta * slope) ** 2 + first * beta * bend - by_alpha**2)
    hessian[:, BETA, BETA] = total(second * advantage**2 - by_beta**2)
    hessian[:, EPSILON, EPSILON] = total(-(by_epsilon**2))
    alpha_beta = total(second * beta * slope * advantage + first * slope - by_alpha * by_beta)
    alpha_epsilon = total(-steep * beta * slope - by_alpha * by_epsilon)
    beta_epsilon = total(-steep * advantage - by_beta * by_epsilon)
    hessian[:, ALPHA, BETA] = hessian[:, BETA, ALPHA] = alpha_beta
    hessian[:, ALPHA, EPSILON] = hessian[:, EPSILON, ALPHA] = alpha_epsilon
    hessian[:, BETA, EPSILON] = hessian[:, EPSILON, BETA] = beta_epsilon
    return Loss(-total(np.log(chance)), -gradient, -hessian)


def _fit(blocks: _Blocks, free: tuple[int, ...], found: dict[tuple[int, ...], _End]) -> _End:
    """The best of what Newton's method finds from several starts; `found` keeps it, and the smaller models'.

    The likelihood may have more than one maximum. Starts are the best slow and the best fast learner of
    the grid, and where each model with one parameter less ended: so no model is ever less likely than one
    inside it.
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
    count = blocks.first.shape[1]
    best, parameters = np.full(count, -np.inf), np.empty((count, 3))
    for rate in rates:
        advantages = _advantages(blocks, np.full(count, rate))
        for beta in GRID_BETA:
            for lapse in GRID_EPSILON if EPSILON in free else (FIXED_EPSILON,):
                found = _log_likelihood(advantages, np.full(count, beta), np.full(count, lapse))
                better = found > best
                best[better] = found[better]
                parameters[better] = rate, beta, lapse
    return parameters


def _newton(blocks: _Blocks, start: Float[np.ndarray, "blocks 3"], free: tuple[int, ...]) -> _End:
    """The least loss of every block over its free parameters, in the box."""
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
    """The least of a smooth function on [0, 1] and where: a grid of eleven, then Brent's method there."""
    grid = np.linspace(0, 1, 11)
    best = int(np.argmin([profile(float(alpha)) for alpha in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, 10)]
    found = optimize.minimize_scalar(profile, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return float(found.x), float(found.fun)
