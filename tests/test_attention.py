"""Attention against a plain loop in numpy, the cache against the full pass, and its memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from layered_memories import moved, norm
from one_update import quick_jit
from test_memory import FEATURES, STEPS, inputs_of, stepping

from prefrontal.agents import AgentSettings
from prefrontal.memory import Attention, AttentionSettings, Parts, attention
from prefrontal.memory.attention import attended, turned
from prefrontal.rollout.live import live
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms
from prefrontal.tasks.base import sample_tasks

SETTINGS = AttentionSettings(6, layers=2, heads=2)


def a_model(horizon: int = STEPS) -> Attention:
    return moved(SETTINGS.build(Parts(observation=FEATURES), horizon, key=jax.random.key(0)), by=0.5)


def textbook(model: Attention, inputs):
    """The equations of the module's docstring, one lifetime, a query and a head at a time."""

    def turn(x, time):
        """Three numbers: the first two are a pair, turned by the angle `time`, the third is left over."""
        pair = (x[0] + 1j * x[1]) * np.exp(1j * time)
        return np.array([pair.real, pair.imag, x[2]])

    features = [model.enter.weights @ x + model.enter.bias for x in np.asarray(inputs)]
    for layer in model.layers:
        asked = [
            np.split(layer.asking.weights @ norm(layer.before_attention, h) + layer.asking.bias, 3)
            for h in features
        ]
        for time, h in enumerate(features):
            seen = []
            for head in (slice(0, 3), slice(3, 6)):
                query = turn(asked[time][0][head], time)
                scores = [query @ turn(asked[s][1][head], s) / np.sqrt(3) for s in range(time + 1)]
                weights = np.exp(scores) / np.sum(np.exp(scores))
                seen.append(sum(w * asked[s][2][head] for s, w in enumerate(weights)))
            h = h + layer.mixing.weights @ np.concatenate(seen) + layer.mixing.bias
            hidden = jax.nn.gelu(layer.up.weights @ norm(layer.before_units, h) + layer.up.bias)
            features[time] = h + layer.down.weights @ np.asarray(hidden) + layer.down.bias
    return np.stack([norm(model.norm, h) for h in features])


def test_it_is_the_papers_attention():
    with jax.enable_x64(True):
        model, inputs = a_model(), inputs_of((2,))
        outputs, residuals = quick_jit(stepping)(model, inputs)
        for k in range(2):
            np.testing.assert_allclose(outputs[..., k], textbook(model, inputs[..., k]), rtol=1e-9)
        units = model.units(residuals)
        np.testing.assert_allclose(jax.vmap(model.norm)(units[:, 6:]), outputs, rtol=1e-10)
    assert units.shape == (STEPS, 12, 2)


def test_lifetimes_of_a_batch_begin_anew_each_at_its_own_time():
    """The cache against the full pass, where lifetime k begins again after 2 + k steps, as on a host."""
    model, inputs, ends = a_model(), inputs_of((4,)), np.arange(2, 6)
    fresh, step, outputs = model.initial((4,)), quick_jit(lambda state, x: model.step(state, x)), []
    state = fresh
    for time in range(STEPS):
        anew = jnp.asarray(ends == time)
        state = jax.tree.map(lambda new, old, anew=anew: jnp.where(anew, new, old), fresh, state)
        state, output, _ = step(state, inputs[time])
        outputs.append(output)
    assert len(np.unique(state.time)) == 4
    unroll = quick_jit(lambda inputs: model.unroll(inputs))
    for k, end in enumerate(ends):
        # A pass of the same length, so that one program does: what comes later changes nothing before.
        again = jnp.roll(inputs[..., k], -end, 0)
        np.testing.assert_allclose(np.stack(outputs)[:end, :, k], unroll(inputs[..., k])[:end], atol=1e-5)
        np.testing.assert_allclose(np.stack(outputs)[end:, :, k], unroll(again)[: STEPS - end], atol=1e-5)


def test_nothing_knows_what_comes_later():
    model = a_model()
    sees = quick_jit(jax.jacobian(lambda inputs: jnp.sum(model.unroll(inputs), 1)))(inputs_of(()))
    sees = np.abs(np.asarray(sees)).max(2)
    assert np.all(sees[np.triu_indices(STEPS, 1)] == 0)
    assert np.all(sees[np.tril_indices(STEPS)] > 0)


def test_places_are_relative():
    """A product of what is turned depends on how far apart the times are."""
    query, key = jax.random.normal(jax.random.key(0), (2, 1, 8))
    product = lambda t, s: jnp.sum(turned(query, jnp.array(t)) * turned(key, jnp.array(s)))  # noqa: E731
    np.testing.assert_allclose(product(9, 4), product(1005, 1000), rtol=1e-3)
    assert abs(product(9, 4) - product(9, 5)) > 0.1


@pytest.mark.parametrize("most", [1, 70])
def test_blocks_of_queries_change_nothing(most, monkeypatch):
    """Of one query each, and of several with the last not full: values and gradients."""
    asked = jax.random.normal(jax.random.key(0), (3, 2, 2, 9, 4))
    value_of = quick_jit(jax.value_and_grad(lambda asked: jnp.sum(jnp.sin(attended(*asked)))))
    whole, slopes = value_of(asked)
    monkeypatch.setattr(attention, "MOST_WEIGHTS", most)
    jax.clear_caches()
    again, slopes_again = value_of(asked)
    np.testing.assert_allclose(again, whole, rtol=1e-5)
    np.testing.assert_allclose(slopes_again, slopes, rtol=1e-4, atol=1e-5)


def test_a_longer_life_is_refused_and_a_step_too_many_is_not_a_number():
    tasks = IndependentArms(horizon=4)
    agent = AgentSettings(memory=SETTINGS).build(tasks.environment, 3, key=jax.random.key(0))
    assert agent.longest == 3
    keys = lifetime_keys("test", 0, jnp.arange(2))
    with pytest.raises(ValueError, match="RecurrentAgent was built for lifetimes of at most 3 steps"):
        live(agent, tasks.environment, 4, sample_tasks(tasks, keys), keys)
    model = a_model(horizon=2)
    state, step = model.initial(), quick_jit(lambda state, x: model.step(state, x))
    for time in range(3):
        state, output, _ = step(state, inputs_of(())[time])
        assert np.all(np.isnan(output) == (time == 2))


def test_a_rollout_keeps_no_table_of_weights():
    """What a step leaves behind does not grow with the horizon."""
    sizes = []
    for horizon in (STEPS, 10 * STEPS):
        model = a_model(horizon)
        left = jax.eval_shape(lambda model=model: model.step(model.initial(), inputs_of(())[0]))[2]
        sizes.append(sum(leaf.size for leaf in jax.tree.leaves(left)))
    assert sizes[0] == sizes[1] == 12


def test_features_that_heads_cannot_share_out_are_refused():
    with pytest.raises(ValueError, match="units is 10; it must be a multiple of heads, 4"):
        AttentionSettings(10)
