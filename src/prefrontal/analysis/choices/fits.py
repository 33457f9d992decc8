"""A model of choice fitted to blocks of lifetimes."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

ALPHA = 0  # the place of the learning rate among the parameters, in every model


class Fit(NamedTuple):
    """One model fitted to every block."""

    parameters: Float[np.ndarray, "blocks k"]  # those that are fixed too; 0 for those that the model has not
    log_likelihood: Float[np.ndarray, "blocks"]  # of a block's choices, natural logarithm
    bic: Float[np.ndarray, "blocks"]  # k ln n - 2 ln L, n the number of choices made in the block
    converged: Bool[np.ndarray, "blocks"]  # whether the optimiser found an optimum

    @property
    def alpha(self) -> Float[np.ndarray, "blocks"]:
        return self.parameters[:, ALPHA]


def fitted(
    parameters: Float[np.ndarray, "blocks k"],
    loss: Float[np.ndarray, "blocks"],
    converged: Bool[np.ndarray, "blocks"],
    size: int,
    choices: Integer[np.ndarray, "blocks"],
) -> Fit:
    """The fit of a model with `size` free parameters, with minus ln L for its `loss`.

    **Arguments:** `choices`, the number of choices in each block.
    """
    return Fit(parameters, -loss, size * np.log(choices) + 2 * loss, converged)
