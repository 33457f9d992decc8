"""What the conditions and the trials of `reptile` are called."""

from typing import Literal

Optimiser = Literal["sgd", "adam"]

STEPS = (1, 2, 5, 10, 20)  # inner steps of a lifetime in training
# The outer step's optimiser, and what labels say of it.
BOTH: dict[Optimiser, str] = {"sgd": "", "adam": ", Adam"}
OWN = "at the rate of training"
TUNED = "at the best rate"
