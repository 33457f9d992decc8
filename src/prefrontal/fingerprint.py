"""A fingerprint of what a learner computes: two that compute the same have the same, in any process.

It is a hash of the jaxprs of its start and of one update. Names and addresses are left out, so that only
what is computed counts.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from prefrontal.learners.base import Learner

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NAMES = (
    "name",
    "jvp_jaxpr_fun",
    "fwd_jaxpr_thunk",
    "bwd",
    "debug_info",
    "source_info",
)  # not what is computed


def fingerprint(learner: Learner) -> str:
    """The hash of a learner's program, 32 digits. On how many devices it runs does not change it."""
    alone = learner.on(1)
    state = jax.eval_shape(lambda: alone.init(0))
    whole = [jax.make_jaxpr(lambda: alone.init(0))(), jax.make_jaxpr(alone.step)(state)]
    return _hash("".join(map(_jaxpr_hasher(), whole)))[:32]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _jaxpr_hasher() -> Callable[[Any], str]:
    """A function from a jaxpr to its hash, which hashes a jaxpr that is met again once only."""
    known: dict[int, tuple[Any, str]] = {}

    def hashed(jaxpr: Any) -> str:
        if id(jaxpr) not in known:
            known[id(jaxpr)] = jaxpr, _hash(repr(described(jaxpr)))
        return known[id(jaxpr)][1]

    def described(jaxpr: Any) -> list[Any]:
        if isinstance(jaxpr, ClosedJaxpr):
            return [hashed(jaxpr.jaxpr), [value(const) for const in jaxpr.consts]]
        numbers: dict[Any, int] = {}

        def atom(one: Any) -> Any:
            if isinstance(one, Literal):
                return [str(one.aval), value(one.val)]
            return [numbers.setdefault(one, len(numbers)), str(one.aval)]

        lines: list[Any] = [[atom(one) for one in (*jaxpr.constvars, *jaxpr.invars)]]
        for line in jaxpr.eqns:
            settings = [[key, value(one)] for key, one in sorted(line.params.items()) if key not in _NAMES]
            lines.append(
                [
                    line.primitive.name,
                    settings,
                    *([atom(one) for one in of] for of in (line.invars, line.outvars)),
                ]
            )
        return [*lines, [atom(one) for one in jaxpr.outvars]]

    def value(one: Any) -> Any:
        match one:
            case Jaxpr() | ClosedJaxpr():
                return hashed(one)
            case list() | tuple():
                return [value(part) for part in one]
            case dict() | set() | frozenset():
                return sorted(repr(value(part)) for part in (one.items() if isinstance(one, dict) else one))
            case jax.Array() | np.ndarray() | np.generic():
                return _array(one)
        return _ADDRESS.sub("", repr(one))

    return hashed


def _array(array: Any) -> list[Any]:
    data = jax.random.key_data(array) if jax.numpy.issubdtype(array.dtype, jax.dtypes.prng_key) else array
    return [str(array.dtype), list(array.shape), hashlib.sha256(np.asarray(data).tobytes()).hexdigest()]
