"""Checks of what a user's environment and distribution return, against what they declare and what is needed.

Only types and shapes are checked, while a program is traced, so a compiled program is not slower. A value is
cast only if its dtype differs, so a program that needs no cast is unchanged.
"""

import inspect
from typing import Any

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Shaped

from prefrontal.actions import Actions, Choices, Vector
from prefrontal.errors import UserError
from prefrontal.observations import dtype_of, shape_of
from prefrontal.types import State, Step

_FIELDS = ", ".join(Step._fields)
_FLAGS = ("episode_over", "truncated", "lifetime_over")
_UNTRACED = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)


def call(owner: Any, method: str, *arguments: Any) -> Any:
    """The result of `owner.method(*arguments)`. Errors that need an explanation are replaced.

    **Raises:** `UserError` if the method takes other arguments, if it uses a traced array in a way that needs
    concrete values, or if it makes a `Step` without all of its fields.
    """
    function, where = getattr(owner, method), _where(owner, method)
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise UserError(
            f"{where}{signature} cannot be called with {_many(len(arguments), 'argument')}: {error}"
        ) from None
    try:
        return function(*arguments)
    except _UNTRACED as error:
        raise UserError(
            f"{where} uses an array as a Python number, a bool or a numpy array, but it is compiled: use "
            f"jax.numpy instead of numpy, and jnp.where instead of `if`. JAX says: {_first_line(error)}"
        ) from error
    except TypeError as error:
        if "Step.__new__()" not in str(error):
            raise
        raise UserError(f"{where} makes a Step with other fields than {_FIELDS}: {error}") from error


def checked_start(environment: Any, returned: Any) -> tuple[State, Shaped[Array, "*observation"]]:
    """The state and the observation that `reset` returned, in the declared dtype."""
    where = _where(environment, "reset")
    if type(returned) is not tuple or len(returned) != 2:
        raise UserError(
            f"{where} returned {shown(returned)}; it must return two things: the state, and the observation "
            f"of observation_space, {environment.observation_space}"
        )
    state, observation = returned
    check_arrays(where, "a state", state)
    return state, _observation(where, environment.observation_space, observation)


def checked_step(environment: Any, returned: Any, state: State) -> Step:
    """The `Step` that `transition` returned, in the library's dtypes, with a state like `state`."""
    where = _where(environment, "transition")
    if not isinstance(returned, Step):
        raise UserError(f"{where} returned {shown(returned)}; it must return a Step({_FIELDS})")
    check_arrays(where, "a state", returned.state)
    flags = {name: _number(f"{where}: {name}", getattr(returned, name), "a flag", bool) for name in _FLAGS}
    return Step(
        state=like(environment, returned.state, state),
        observation=_observation(where, environment.observation_space, returned.observation),
        reward=_number(f"{where}: reward", returned.reward, "a number", jnp.float32),
        **flags,
    )


def checked_reward(environment: Any, method: str, returned: Any) -> Float[Array, ""] | None:
    """The number, or None, that `expected_reward` or `oracle_reward` returned."""
    if returned is None:
        return None
    return _number(_where(environment, method), returned, "a number", jnp.float32, " or None")


def checked_action(
    who: str, actions: Actions, space: gymnasium.Space, action: Any, batch: tuple = ()
) -> Array:
    """An action `(*shape, *batch)`, in the dtype of its kind.

    **Raises:** `UserError` for another shape, and for real numbers if the actions are discrete.
    """
    kind = "numbers" if isinstance(actions, Vector) else "whole numbers"
    wanted = (*actions.shape, *batch)
    fits = is_array(action) and jnp.shape(action) == wanted and _is_real(action)
    if not fits or (kind == "whole numbers" and _is_of(action, jnp.floating)):
        of_batch = f", for each of {batch[0]} lifetimes" if batch else ""
        raise UserError(
            f"{who} acts with {shown(action)}; action_space is {space}: {kind} of shape "
            f"{actions.shape}{of_batch}"
        )
    return cast(action, actions.dtype)


def checked_allowed(environment: Any, actions: Actions, returned: Any) -> Bool[Array, "choices"] | None:
    """The mask, or None, that `allowed` returned."""
    if returned is None:
        return None
    where, space = f"{_where(environment, 'allowed')} returned {shown(returned)}", environment.action_space
    if not isinstance(actions, Choices):
        raise UserError(
            f"{where}, but action_space is {space}: real numbers cannot be masked, and it must return None"
        )
    if _is_list_of_numbers(returned):
        returned = jnp.stack([jnp.asarray(one) for one in returned])
    wanted = (actions.features,)
    if not is_array(returned) or jnp.shape(returned) != wanted or not _is_of(returned, jnp.bool_):
        raise UserError(
            f"{where}; action_space is {space}, so it must return bools of shape {wanted}, or None where all "
            "actions are allowed"
        )
    return cast(returned, bool)


def nothing_allowed(environment: Any, place: str) -> str:
    """The error where `allowed` forbids every value of a choice."""
    return (
        f"{_where(environment, 'allowed')} allows nothing {place}; of every choice of action_space, "
        f"{environment.action_space}, it must allow one value or more"
    )


def check_arrays(where: str, what: str, tree: Any) -> None:
    """Raise a `UserError` unless `tree` is a pytree whose leaves are all arrays or numbers."""
    for name, leaf in _named_leaves(tree):
        if not is_array(leaf):
            of = f" with {name} of type" if name else " of type"
            raise UserError(
                f"{where} returned {what}{of} {type(leaf).__name__}; it must be a pytree of arrays, such as "
                "a NamedTuple of them. A dataclass is one if jax.tree_util.register_dataclass makes it so"
            )


def like(environment: Any, state: State, other: State) -> State:
    """`state`, from `transition`, in the dtypes of `other`, an earlier state.

    Only Python numbers, and the weakly typed arrays that jax makes from them, can change dtype.

    **Raises:** `UserError` if a state has another structure, shape or dtype than the earlier one.
    """
    check_kept(environment, "transition", "state", state, other)
    return jax.tree.map(lambda leaf, earlier: cast(leaf, common_dtype(leaf, earlier)), state, other)


def check_kept(owner: Any, method: str, what: str, later: Any, earlier: Any) -> None:
    """Raise a `UserError` unless a method kept the structure, shapes and dtypes of a state or memory.

    **Arguments:** `what`, its name in the error; `later`, what the method returned; `earlier`, what it was
    before.
    """
    if jax.tree.structure(later) != jax.tree.structure(earlier):
        raise _changed(owner, method, what, shown(earlier), shown(later))
    for (path, leaf), before in zip(_named_leaves(later), jax.tree.leaves(earlier), strict=True):
        if jnp.shape(leaf) != jnp.shape(before) or common_dtype(leaf, before) is None:
            raise _changed(owner, method, f"{what}.{path}".rstrip("."), shown(before), shown(leaf))


def common_dtype(one: Any, other: Any) -> Any:
    """The common dtype of two versions of a value, one maybe weakly typed; None if they conflict."""
    (mine, weak), (theirs, theirs_weak) = _dtype(one), _dtype(other)
    if mine == theirs:
        return mine
    if not (weak or theirs_weak):
        return None
    with jax.numpy_dtype_promotion("standard"):
        return jnp.result_type(one, other)


def check_key(key: Any) -> None:
    """Raise a `UserError` unless this is a random key of jax, typed or raw."""
    of_old = is_array(key) and jnp.shape(key) == (2,) and _dtype(key)[0] == jnp.uint32
    of_new = isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    if not (of_old or of_new):
        raise UserError(f"key is {shown(key)}; it must be a random key, such as jax.random.key(0)")


def check_field(
    environment: Any, task: Any, name: str, shape: tuple[int | str, ...], low: float, high: float
) -> None:
    """Raise a `UserError` unless a task has a field `name` of this shape, with values from `low` to `high`.

    Any further axes are the batch. Values are checked if they are concrete, up to the rounding of float32.

    **Arguments:** `shape`, the length of each axis, or a word for an axis of any length.
    """
    value: Any = getattr(task, name, None)
    where = f"a task of {type(environment).__name__}: {name}"
    found = jnp.shape(value) if is_array(value) else None
    if found is None or len(found) < len(shape) or any(map(_differ, found, shape)):
        wanted = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        raise UserError(f"{where} is {shown(value)}; it must be an array of shape {wanted}")
    if not is_concrete(value):
        return
    numbers, slack = np.asarray(value), 1e-5 * max(abs(low), abs(high)) if np.isfinite(high) else 0.0
    outside = ~((numbers >= low - slack) & (numbers <= high + slack))
    if outside.any():
        rule = f"from {low:g} to {high:g}" if np.isfinite(high) else f"at least {low:g}"
        raise UserError(f"{where} has {numbers[outside].flat[0]:g}; it must be {rule}")


def _differ(found: int, wanted: int | str) -> bool:
    return isinstance(wanted, int) and found != wanted


def is_array(value: Any) -> bool:
    """Whether a value is a jax array, a numpy array or a number."""
    numeric = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc"
    return numeric or isinstance(value, jax.Array | bool | int | float | complex)


def is_concrete(array: Any) -> bool:
    """Whether the values of an array are known. While a program is traced, only the shape is known."""
    return not isinstance(array, Tracer)


def cast(value: Any, dtype: Any) -> Array:
    """`value` in another dtype. A value that already has this dtype is returned unchanged."""
    return value if isinstance(value, jax.Array) and value.dtype == dtype else jnp.asarray(value, dtype)


def shown(value: Any) -> str:
    """A value as errors describe it: an array's dtype and shape, a container's arrays by name."""
    if is_array(value):
        plain = isinstance(value, bool | int | float | complex)
        return repr(value) if plain else f"{value.dtype} of shape {value.shape}"
    if value is None or isinstance(value, str):
        return repr(value)
    try:
        named = _named_leaves(value)
    except (TypeError, ValueError):  # keys that cannot be sorted
        named = []
    inside = ", ".join(f"{name}: {shown(leaf)}" for name, leaf in named[:8] if name)
    return f"a {type(value).__name__}" + (f" ({inside})" if inside else "")


def _observation(where: str, space: gymnasium.Space, value: Any) -> Shaped[Array, "*observation"]:
    shape, dtype = shape_of(space), dtype_of(space)
    numbers = jnp.stack([jnp.asarray(one) for one in value]) if _is_list_of_numbers(value) else value
    fits = is_array(numbers) and jnp.shape(numbers) == shape and _is_real(numbers)
    if not fits or (dtype.kind != "f" and _is_of(numbers, jnp.floating)):
        raise UserError(
            f"{where} returned an observation that is {shown(value)}; observation_space is {space}: {dtype} "
            f"of shape {shape}"
        )
    return cast(numbers, dtype)


def _is_list_of_numbers(value: Any) -> bool:
    is_list = type(value) in (list, tuple) and len(value) > 0
    return is_list and all(is_array(one) and jnp.shape(one) == () for one in value)


def _number(where: str, value: Any, what: str, dtype: Any, otherwise: str = "") -> Any:
    """A value of shape () in its dtype."""
    if not is_array(value) or jnp.shape(value) != () or not _is_real(value):
        raise UserError(f"{where} is {shown(value)}; it must be {what}, of shape (){otherwise}")
    return cast(value, dtype)


def _changed(owner: Any, method: str, what: str, earlier: str, later: str) -> UserError:
    return UserError(
        f"{type(owner).__name__}: the {what} is {earlier} before {method}, and {method} returned {later}; a "
        f"{what.split()[0].partition('.')[0]} must keep its structure, shapes and dtypes"
    )


def _named_leaves(tree: Any) -> list[tuple[str, Any]]:
    """The leaves of a pytree, each with its path as text; the path is empty if the tree is a single leaf."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in leaves]


def _dtype(value: Any) -> tuple[Any, bool]:
    """Its dtype, and whether it is weak."""
    kind = jax.typeof(value)
    return kind.dtype, getattr(kind, "weak_type", False)


def _is_real(value: Any) -> bool:
    return any(_is_of(value, kind) for kind in (jnp.bool_, jnp.integer, jnp.floating))


def _is_of(value: Any, kind: Any) -> bool:
    return jnp.issubdtype(_dtype(value)[0], kind)


def _where(owner: Any, method: str) -> str:
    return f"{type(owner).__name__}.{method}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
