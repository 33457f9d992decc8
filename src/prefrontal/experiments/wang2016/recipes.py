"""How agents on bandits and the two-step task are trained, by our recipe and by the paper's.

Each lacks its tasks and architecture.
"""

from collections.abc import Callable
from functools import partial

from prefrontal.experiments.drawn import Drawn
from prefrontal.learners import A2C, Learner
from prefrontal.learners.schedules import Linear

Recipe = Callable[..., Learner]  # of tasks, an architecture, and whatever is to be changed

# A2C's defaults, at length, but that it learns from expected regret, whose noise is a small part of the
# sampled reward's. It raises the discount as it learns. Tuned on seeds 100 to 102 and their own held-out
# tasks, none of which are reported.
LAPTOP_A2C = partial(A2C, lifetimes=800_000, signal="regret")

# One lifetime an update, the sampled reward, RMSProp, entropy from 1 to 0. The paper drew learning rate and
# discount at random; 7e-4 and 0.8 are values that its successors give.
PAPER_A2C = partial(
    A2C,
    lifetimes=20_000,
    microbatch=1,
    microbatches=1,
    signal="sampled",
    discount=0.8,
    trace_decay=1.0,
    value_cost=0.05,
    entropy_cost=Linear(1.0, 0.0),
    optimiser="rmsprop",
    learning_rate=7e-4,
)

# Of the two-step task. The reward comes one step after the choice: a discount of 0.9 gives the choice nearly
# all of it. Tuned on seeds 100 to 102 and their own held-out tasks, none of which are reported.
LAPTOP_TWO_STEP = partial(
    A2C,
    lifetimes=200_000,
    microbatch=64,
    microbatches=1,
    signal="regret",
    discount=0.9,
    trace_decay=1.0,
    entropy_cost=Linear(0.05, 0.0),
    learning_rate=Linear(4e-3, 0.0),
)
PAPER_TWO_STEP = partial(PAPER_A2C, lifetimes=20_000, discount=0.9, entropy_cost=0.05)

# The paper drew both at random, after Mnih et al. 2016, whose range of learning rates this is. It prints no
# range of its own; that of the discount is ours.
DRAWN = {"learning_rate": Drawn(1e-4, 1e-2, "log-uniform"), "discount": Drawn(0.5, 1.0)}

# What is kept of a few lifetimes of the bandits' agents, which have no observation.
KEPT = ("units", "value")
