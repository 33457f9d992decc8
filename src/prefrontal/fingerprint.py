"""A fingerprint of what a learner computes: learners that compute the same have the same one.

It is a hash of the jaxprs of the initial state and of one update. Names and addresses are left out, so only
the computation counts, in any process.
"""

import jax

from prefrontal.jaxprs import hash_of, jaxpr_hasher
from prefrontal.learners.base import Learner


def fingerprint(learner: Learner) -> str:
    """The hash of a learner's program, 32 digits. It does not depend on the number of devices."""
    alone = learner.on(1)
    state = jax.eval_shape(lambda: alone.init(0))
    whole = [jax.make_jaxpr(lambda: alone.init(0))(), jax.make_jaxpr(alone.step)(state)]
    return hash_of("".join(map(jaxpr_hasher(), whole)))[:32]
