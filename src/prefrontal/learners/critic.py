"""A critic that sees the task while the agent learns. The agent never sees it.

The agent's own value depends only on what the agent has seen. A critic that also sees the task's parameters
estimates the value of an action more exactly, so advantages are less noisy. It depends on the history as well
as the task, so it is still an unbiased baseline (Pinto et al. 2018; Baisero and Amato 2022).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from prefrontal.affine import Affine
from prefrontal.agents import PredictingAgent, Prediction
from prefrontal.agents.around import Around
from prefrontal.rollout.live import draw, rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes, RandomKey, Task

_MEASURED = 256  # tasks, for the units of their parameters
_FARTHEST = 10.0  # from the mean, in standard deviations
_UNITS = 64


class Critic(eqx.Module):
    """V = w · tanh(W o + U z + b) + c, where o are the inputs of the agent's own value, and z is the task.

    z are the task's parameters minus their mean over tasks, divided by their standard deviation and clipped
    to ±10. No gradient flows into o, so the critic changes the agent only through the advantages.
    """

    mean: Float[Array, "parameters"]  # `mean` and `size` are constants
    size: Float[Array, "parameters"]  # the standard deviation of the parameters
    of_agent: Affine  # W and b
    of_task: Affine  # U
    out: Affine  # w and c

    def __call__(
        self, features: Float[Array, "T units *batch"], parameters: Float[Array, "parameters *batch"]
    ) -> Float[Array, "T *batch"]:
        mean, size = (
            jax.lax.stop_gradient(one).reshape(-1, *(1,) * (parameters.ndim - 1))
            for one in (self.mean, self.size)
        )
        told = self.of_task(jnp.clip((parameters - mean) / size, -_FARTHEST, _FARTHEST))
        read = jax.vmap(self.of_agent)(jax.lax.stop_gradient(features))
        return jax.vmap(self.out)(jnp.tanh(read + told[None]))[:, 0]


class Told(Around):
    """An agent in training and its critic. It acts, remembers and revises itself as the agent does."""

    critic: Critic

    @classmethod
    def of(cls, agent: PredictingAgent, tasks: TaskDistribution, seed: int, key: RandomKey) -> "Told":
        """The agent with a new critic. `mean` and `size` come from the first tasks of the training.

        **Raises:** ValueError if the agent's predictions have no `features`, or if tasks have no parameters.
        """
        keys = lifetime_keys("train", seed, jnp.arange(_MEASURED, dtype=jnp.uint32))
        seen = jax.jit(lambda keys: parameters_of(draw(tasks, keys)[0]))(keys)
        if not len(seen):
            name = type(tasks).__name__
            raise ValueError(f"critic_told is True, but the tasks of {name} have no parameters; use False")
        said = jax.eval_shape(lambda keys: agent.replay(rollout(agent, tasks, keys)[1]), keys[:1])
        if said.features is None:
            name = type(agent).__name__
            raise ValueError(f"critic_told is True, but {name} does not say what its value reads; use False")
        deviation = jnp.std(seen, axis=-1)
        size, keys = jnp.where(deviation > 1e-6, deviation, 1.0), jax.random.split(key, 3)
        widths = ((said.features.shape[1], _UNITS), (len(seen), _UNITS), (_UNITS, 1))
        layers = [Affine(*width, key=one) for width, one in zip(widths, keys, strict=True)]
        return cls(agent, Critic(jnp.mean(seen, axis=-1), size, *layers))

    def replay(self, lifetimes: Lifetimes) -> Prediction:
        return self._judged(self.agent.replay(lifetimes._replace(parameters=None)), lifetimes)

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        return self._judged(self.agent.recall(lifetimes._replace(parameters=None)), lifetimes)

    def with_value(self, size, shift):
        out = self.critic.out
        scaled = (size * out.weights, size * out.bias + shift)
        where = lambda critic: (critic.out.weights, critic.out.bias)  # noqa: E731
        return Told(self.agent.with_value(size, shift), eqx.tree_at(where, self.critic, scaled))

    def _judged(self, prediction: Prediction, lifetimes: Lifetimes) -> Prediction:
        given: Any = (prediction.features, lifetimes.parameters)
        told = self.critic(*given)
        return eqx.tree_at(lambda one: one.told, prediction, told, is_leaf=lambda leaf: leaf is None)


def parameters_of(tasks: Task) -> Float[Array, "parameters batch"]:
    """All numbers and truth values of each task as one vector; tasks have their batch axis last."""
    leaves = [leaf for leaf in jax.tree.leaves(tasks) if not jnp.issubdtype(leaf.dtype, jax.dtypes.extended)]
    flat = [leaf.astype(jnp.float32).reshape(-1, leaf.shape[-1]) for leaf in leaves]
    return jnp.concatenate(flat) if flat else jnp.zeros((0, 0), jnp.float32)


def apart(steps: Any) -> optax.GradientTransformation:
    """The optax optimiser `steps`, applied separately to the agent and the critic of a `Told`.

    So errors of the critic do not dominate the agent's clipped gradient.
    """

    def init(params: Any) -> Any:
        return steps.init(params.agent), steps.init(params.critic)

    def update(updates: Any, state: Any, params: Any = None) -> Any:
        del params  # our optimisers do not use the weights
        agent, of_agent = steps.update(updates.agent, state[0])
        critic, of_critic = steps.update(updates.critic, state[1])
        return Told(agent, critic), (of_agent, of_critic)

    return optax.GradientTransformation(init, update)
