"""How the bandit agents are trained: our recipe, and the paper's. Each lacks its tasks and architecture."""

from collections.abc import Callable
from functools import partial

from prefrontal.learners import A2C, Learner
from prefrontal.learners.schedules import Linear

Recipe = Callable[..., Learner]  # of tasks, an architecture, and whatever is to be changed

# A2C's defaults, at length. It learns from expected regret, whose noise is a small part of the sampled
# reward's, and raises the discount as it learns. Tuned on seeds 100 to 102 and their own held-out tasks, none
# of which are reported.
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


# What is kept of a few lifetimes of the bandits' agents, which have no observation.
KEPT = ("units", "value")
