"""A damped Newton's method for many small problems at once."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

STUCK = 1e9  # a damping so large that no step lowers the loss
LEAST = 1e-3  # damping, after the first full step that does not lower the loss
FLOOR = 1e-6  # of a curvature


class Loss(NamedTuple):
    """The loss of each problem, its gradient and its Hessian."""

    value: Float[np.ndarray, "problems"]
    gradient: Float[np.ndarray, "problems k"]
    hessian: Float[np.ndarray, "problems k k"]


class End(NamedTuple):
    """Where the search ended."""

    parameters: Float[np.ndarray, "problems k"]
    loss: Loss
    converged: Bool[np.ndarray, "problems"]


class _Step(NamedTuple):
    change: Float[np.ndarray, "problems k"]
    gradient: Float[np.ndarray, "problems k"]  # per `scale`, of the parameters that may move
    gain: Float[np.ndarray, "problems"]  # twice what an undamped step is expected to lower the loss


def minimise(
    loss_of: Callable[[Integer[np.ndarray, "some"], Float[np.ndarray, "some k"]], Loss],
    start: Float[np.ndarray, "problems k"],
    *,
    flat: float = 0.0,
    gain: float = 0.0,
    together: bool = False,
    free: Bool[np.ndarray, "k"] | None = None,
    lowest: Float[np.ndarray, "k"] | float = -np.inf,
    highest: Float[np.ndarray, "k"] | float = np.inf,
    scale: Float[np.ndarray, "k"] | float = 1.0,
    damping: float = 0.0,
    iterations: int = 100,
) -> End:
    """The smallest loss of each problem over its free parameters, within the box.

    The step is -(|H| + d)⁻¹ g in parameters of equal scale, where |H| is the Hessian with the absolute values
    of its eigenvalues, so the step always descends. If a step does not lower a problem's loss, it is not
    taken, and the problem's damping d grows tenfold. After a step that is taken, d falls tenfold.

    **Arguments:** `loss_of(problems, parameters)`, the loss of some of the problems, given their places;
    `flat` and `gain`: a problem has converged if every slope per `scale` is smaller than `flat`, or if an
    undamped step would lower the loss by less than half of `gain`; `together`, whether all problems continue
    until the last has converged; `free`, which parameters to find (None: all); `scale`, changes of the
    parameters that matter about equally; `damping`, the initial d, in multiples of the largest eigenvalue; 0
    is a full step.

    **Raises:** ValueError if the loss is not finite at the start.
    """
    count, size = start.shape
    free, scale = np.ones(size, bool) if free is None else free, np.broadcast_to(scale, size)
    parameters, damped = start.copy(), np.full(count, damping)
    rows, converged = np.arange(count), np.zeros(count, bool)
    loss = loss_of(rows, start)
    if not all(np.isfinite(kind).all() for kind in (start, *loss)):
        raise ValueError("start, or the loss there, its gradient or its Hessian, is not finite; all must be")
    for _ in range(iterations):
        here = Loss(*(kind[rows] for kind in loss))
        moving = free & ~_held(parameters[rows], here.gradient, lowest, highest)
        step = _step(here, moving, scale, damped[rows])
        converged[rows] = (np.abs(step.gradient).max(axis=1) < flat) | (step.gain < gain)
        done = converged.all() if together else converged[rows]
        going = ~done & (damped[rows] < STUCK)
        rows = rows[going]
        if not len(rows):
            break
        proposal = np.clip(parameters[rows] + step.change[going], lowest, highest)
        there = loss_of(rows, proposal)
        better = there.value < here.value[going]
        grown = np.where(damped[rows] > 0, damped[rows] * 10, LEAST)
        damped[rows] = np.where(better, damped[rows] / 10, grown)
        for kept, new in zip((parameters, *loss), (proposal, *there), strict=True):
            kept[rows[better]] = new[better]
    return End(parameters, loss, converged)


def _held(parameters, gradient, lowest, highest) -> Bool[np.ndarray, "problems k"]:
    """Parameters at an edge of the box that a descent would push out of it."""
    return ((parameters <= lowest) & (gradient > 0)) | ((parameters >= highest) & (gradient < 0))


def _step(
    here: Loss, moving: Bool[np.ndarray, "problems k"], scale: np.ndarray, damping: np.ndarray
) -> _Step:
    gradient = np.where(moving, here.gradient * scale, 0.0)
    both = moving[:, :, None] & moving[:, None, :]
    eigenvalues, vectors = np.linalg.eigh(np.where(both, here.hessian * scale[:, None] * scale, 0.0))
    size = np.abs(eigenvalues)
    along = np.einsum("bij,bi->bj", vectors, gradient)
    gain = (along**2 / np.maximum(size, FLOOR)).sum(axis=1)
    damped = np.maximum(size, FLOOR) + damping[:, None] * np.maximum(size.max(axis=1, keepdims=True), 1.0)
    change = -np.where(moving, np.einsum("bij,bj->bi", vectors, along / damped), 0.0) * scale
    return _Step(change, gradient, gain)
