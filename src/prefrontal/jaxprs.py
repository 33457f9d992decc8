"""Properties of a traced program: a hash of what it computes, and whether it uses its inputs."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NAMES = (
    "name",
    "jvp_jaxpr_fun",
    "fwd_jaxpr_thunk",
    "bwd",
    "debug_info",
    "source_info",
)  # not what is computed


def hash_of(text: str) -> str:
    """64 digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def jaxpr_hasher() -> Callable[[Any], str]:
    """A function from a jaxpr to its hash, which hashes each jaxpr only once."""
    known: dict[int, tuple[Any, str]] = {}

    def hashed(jaxpr: Any) -> str:
        if id(jaxpr) not in known:
            known[id(jaxpr)] = jaxpr, hash_of(repr(described(jaxpr)))
        return known[id(jaxpr)][1]

    def described(jaxpr: Any) -> list[Any]:
        if isinstance(jaxpr, ClosedJaxpr) and jaxpr.jaxpr is not jaxpr:
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
        outputs = [atom(one) for one in jaxpr.outvars]
        # From JAX 0.12 on there is one class, and a jaxpr may hold constants of its own.
        consts = [value(const) for const in jaxpr.consts] if isinstance(jaxpr, ClosedJaxpr) else []
        return [*lines, outputs, consts] if consts else [*lines, outputs]

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


def uses_its_input(program: ClosedJaxpr) -> bool:
    """Whether any value that a program returns depends on its arguments."""
    return any(_from_inputs(program.jaxpr, [True] * len(program.jaxpr.invars)))


def _from_inputs(jaxpr: Jaxpr, given: list[bool]) -> list[bool]:
    """For each returned value, whether it depends on the arguments for which `given` is true.

    Calls of compiled functions are analysed. For other lines, each result depends on each argument.
    """
    depending = {one for one, is_given in zip(jaxpr.invars, given, strict=True) if is_given}
    depends = lambda one: not isinstance(one, Literal) and one in depending  # noqa: E731
    for line in jaxpr.eqns:
        arguments = [depends(one) for one in line.invars]
        called = line.params.get("jaxpr")
        if line.primitive.name in ("jit", "pjit") and isinstance(called, ClosedJaxpr):
            results = _from_inputs(called.jaxpr, arguments)
        else:
            results = [any(arguments)] * len(line.outvars)
        depending.update(one for one, does in zip(line.outvars, results, strict=True) if does)
    return [depends(one) for one in jaxpr.outvars]
