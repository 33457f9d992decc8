"""Encoders: against their definitions, by their scale, and inside an agent that lives and learns."""

import dataclasses
import functools
import itertools
import json
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces
from one_update import quick_jit

from prefrontal.agents import AgentSettings, PerceptEncoder, PerceptSettings
from prefrontal.agents.settings import of_version_1
from prefrontal.disk.checkpoints import load_tree, save_tree
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.encoders import ENCODERS, ConvSettings, Encoder, EncoderSettings, MLPSettings
from prefrontal.encoders import conv as conv_module
from prefrontal.errors import UserError
from prefrontal.learners.a2c import A2C
from prefrontal.memory import LSTMSettings, StackedLSTMSettings
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import Harlow, HarlowScreen, IndependentArms, Stripes

KEY = jax.random.key(0)
BATCHES = [(), (2, 3)]
SCREEN = HarlowScreen(height=3, width=9, image_height=3, image_width=3, pixels="byte")
SMALL_SCREEN = Harlow(horizon=6, screen=SCREEN, images=Stripes(3))
every_encoder = pytest.mark.parametrize("name", ENCODERS)


def encoder(chosen: EncoderSettings | str, space: spaces.Space, *, key) -> Encoder:
    return ENCODERS.make(chosen).build(space, key=key)


def pixels(*shape: int) -> spaces.Box:
    return spaces.Box(0, 255, shape, np.uint8)


def vector(*shape: int) -> spaces.Box:
    return spaces.Box(0.0, 1.0, shape, np.float32)


def bytes_of(*shape: int):
    return jax.random.randint(jax.random.key(1), shape, 0, 256).astype(jnp.uint8)


def with_biases(model):
    """Biases of random numbers: zeros would hide one that is left out."""
    keys = iter(jax.random.split(jax.random.key(5), 99))
    random = lambda leaf: leaf + 0.3 * jax.random.normal(next(keys), leaf.shape)  # noqa: E731
    return jax.tree.map(lambda leaf: random(leaf) if leaf.ndim == 1 else leaf, model)


def convolved(layer, image):
    """One rectified convolution of one image (height, width, channels), pixel by pixel."""
    (high, wide), (down, across) = layer.kernel, layer.strides
    weights = np.asarray(layer.of_window.weights).reshape(-1, high, wide, image.shape[2])
    rows = range(0, image.shape[0] - high + 1, down)
    columns = range(0, image.shape[1] - wide + 1, across)
    out = np.zeros((len(rows), len(columns), len(weights)))
    for (i, row), (j, column), k in itertools.product(
        enumerate(rows), enumerate(columns), range(len(weights))
    ):
        window = image[row : row + high, column : column + wide]
        out[i, j, k] = max(0.0, np.sum(weights[k] * window) + layer.of_window.bias[k])
    return out


def by_definition(model, image):
    x = np.asarray(image, float) / 255
    for layer in model.layers:
        x = convolved(layer, x)
    channels_first = np.moveaxis(x, 2, 0).ravel()
    features = np.maximum(0, np.asarray(model.dense.weights) @ channels_first + model.dense.bias)
    return features / math.sqrt(len(features))


SHAPES = [((1, 20, 3), {}), ((20, 1, 3), {}), ((7, 16, 2), {}), ((5, 9, 1), {}), ((3, 2, 3), {})]
GIVEN = {"channels": (3, 4, 5), "kernels": (3, 2, 2), "strides": (2, 1, 1), "features": 7}


@pytest.mark.parametrize(("shape", "settings"), [*SHAPES, ((9, 11, 3), GIVEN)])
@pytest.mark.parametrize("batch", BATCHES)
def test_a_convolution_is_its_definition(shape, settings, batch):
    model = with_biases(ConvSettings(**settings).build(pixels(*shape), key=KEY))
    images = bytes_of(*shape, *batch)
    features = quick_jit(lambda images: model(images))(images)
    assert features.shape == (model.size, *batch)
    one = lambda array: array.reshape(*array.shape[: array.ndim - len(batch)], -1)[..., -1]  # noqa: E731
    np.testing.assert_allclose(one(features), by_definition(model, one(images)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "kernels", "strides", "features"),
    [
        ((84, 84, 3), [(8, 8), (4, 4)], [(4, 4), (2, 2)], 256),
        ((1, 48, 3), [(1, 6), (1, 4)], [(1, 3), (1, 2)], 64),
        ((48, 1, 3), [(6, 1), (4, 1)], [(3, 1), (2, 1)], 64),
        ((9, 9, 3), [(3, 3), (3, 3)], [(1, 1), (2, 2)], 64),
        ((1, 1, 3), [(1, 1), (1, 1)], [(1, 1), (1, 1)], 64),
    ],
)
def test_the_image_decides_what_is_left_open(shape, kernels, strides, features):
    model = jax.eval_shape(lambda: encoder("conv", pixels(*shape), key=KEY))
    assert [layer.kernel for layer in model.layers] == kernels
    assert [layer.strides for layer in model.layers] == strides
    assert [layer.of_window.weights.shape[0] for layer in model.layers] == [16, 32]
    assert model.size == features


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 6, 7, 14, 15])
def test_there_is_a_convolution_for_every_size(height):
    assert jax.eval_shape(lambda: encoder("conv", pixels(height, 30 - height, 3), key=KEY)).size == 64


@pytest.mark.parametrize("batch", BATCHES)
def test_layers_by_definition(batch):
    model = with_biases(MLPSettings((5, 4)).build(vector(3), key=KEY))
    x = jax.random.normal(jax.random.key(1), (3, *batch))
    hidden = np.asarray(x)
    for layer in model.layers:
        bias = np.asarray(layer.bias).reshape(-1, *(1,) * len(batch))
        hidden = np.maximum(0, np.einsum("of,f...->o...", layer.weights, hidden) + bias)
    np.testing.assert_allclose(model(x), hidden / 2, rtol=1e-5, atol=1e-6)


@every_encoder
def test_bytes_are_numbers_up_to_one(name):
    images = bytes_of(4, 5, 3)
    of_bytes, of_floats = encoder(name, pixels(4, 5, 3), key=KEY), encoder(name, vector(4, 5, 3), key=KEY)
    np.testing.assert_allclose(of_bytes(images), of_floats(images / 255.0), rtol=1e-5)


def test_small_numbers_kept_as_bytes_are_no_pixels():
    space = spaces.Box(0, 1, (3,), np.uint8)
    np.testing.assert_array_equal(encoder("auto", space, key=KEY)(jnp.array([1, 0, 1], jnp.uint8)), [1, 0, 1])


@every_encoder
def test_over_time_is_each_step(name, monkeypatch):
    """On processors one step at a time; on accelerators some at once, which is tried here as well."""
    model, images = encoder(name, pixels(4, 5, 3), key=KEY), bytes_of(6, 4, 5, 3, 2)
    expected = quick_jit(lambda images: jnp.stack([model(image) for image in images]))(images)
    np.testing.assert_allclose(model.over_time(images), expected, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(conv_module, "BYTES", 5 * 4 * 4 * 5 * 3 * 2 * 4)  # five steps' windows: three at once
    np.testing.assert_allclose(model.over_time(images), expected, rtol=1e-5, atol=1e-6)


def test_the_gradient_of_over_time_is_that_of_each_step():
    model = with_biases(encoder("conv", pixels(4, 5, 3), key=KEY))
    images, matters = bytes_of(6, 4, 5, 3, 2), jax.random.normal(jax.random.key(2), (6, 64, 2))
    stepping = lambda model: jnp.stack([model(image) for image in images])  # noqa: E731
    plain = quick_jit(jax.grad(lambda model: jnp.sum(matters * stepping(model))))(model)
    ours = quick_jit(jax.grad(lambda model: jnp.sum(matters * model.over_time(images))))(model)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
        assert np.abs(b).max() > 0
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("chosen", "space"),
    [
        ("conv", pixels(1, 48, 3)),
        ("conv", pixels(9, 9, 3)),
        ("conv", pixels(84, 84, 3)),
        ("mlp", pixels(1, 48, 3)),
        (MLPSettings((32, 48, 64)), pixels(1, 48, 3)),
    ],
)
def test_the_squares_of_an_images_features_sum_to_about_one(chosen, space):
    """As those of a one-hot code: within a factor of two, over ten draws of weights and images."""

    def sum_of_squares(key):
        image = jax.random.randint(jax.random.fold_in(key, 1), space.shape, 0, 256)
        return jnp.sum(encoder(chosen, space, key=key)(image.astype(jnp.uint8)) ** 2)

    sums = quick_jit(lambda keys: jax.lax.map(sum_of_squares, keys))(jax.random.split(KEY, 10))
    assert 0.5 < np.mean(sums) < 2
    assert np.all((np.asarray(sums) > 0.2) & (np.asarray(sums) < 4))


def test_the_squares_of_the_features_of_a_one_hot_code_sum_to_about_one():
    models = jax.vmap(lambda key: jnp.sum(encoder("mlp", vector(10), key=key)(jnp.eye(10)[3]) ** 2))
    assert 0.8 < np.mean(models(jax.random.split(KEY, 100))) < 1.25


@pytest.mark.parametrize(
    ("space", "kind"),
    [
        (vector(4), "FlatEncoder"),
        (spaces.Discrete(9), "FlatEncoder"),
        (vector(4, 4), "FlatEncoder"),
        (vector(4, 4, 3), "ConvEncoder"),
        (pixels(1, 48, 3), "ConvEncoder"),
    ],
)
def test_images_are_convolved_and_all_else_is_given_as_it_is(space, kind):
    assert type(encoder("auto", space, key=KEY)).__name__ == kind


def test_flat_learns_nothing_and_moves_no_other_weights():
    """The weights of agents of vectors are those of an agent without any encoder."""
    world = IndependentArms().environment
    agents = [AgentSettings(encoder=name).build(world, 100, key=KEY) for name in ("auto", "flat", "conv")]
    assert eqx.tree_equal(*agents)  # there is nothing to observe
    assert jax.tree.leaves(agents[0].encoder) == []
    seen, unseen = (
        AgentSettings(encoder=name).build(SMALL_SCREEN.environment, SMALL_SCREEN.horizon, key=KEY)
        for name in ("mlp", "flat")
    )
    assert eqx.tree_equal(seen.policy, unseen.policy)
    first = lambda agent: np.asarray(agent.encoder.observer.layers[0].weights).ravel()[:50]  # noqa: E731
    assert not np.isin(first(seen), np.asarray(seen.memory.weights)).any()


AGENTS = {
    "conv": AgentSettings(memory=LSTMSettings(6), encoder=ConvSettings((3, 4), features=5)),
    "mlp": AgentSettings(memory=LSTMSettings(6), encoder=MLPSettings((5,))),
    "conv, stacked": AgentSettings(
        memory=StackedLSTMSettings((4, 6)), encoder=ConvSettings((3, 4), features=5)
    ),
}
every_agent = pytest.mark.parametrize("settings", AGENTS.values(), ids=AGENTS)


@functools.cache
def lives_of(settings: AgentSettings):
    agent = with_biases(settings.build(SMALL_SCREEN.environment, SMALL_SCREEN.horizon, key=KEY))
    go = quick_jit(lambda agent, keys: rollout(agent, SMALL_SCREEN, keys)[1])
    return agent, go(agent, lifetime_keys("train", 0, jnp.arange(5)))


def by_stepping(agent, lives):
    """What the agent says, by a plain loop over steps of one lifetime after the other."""

    def step(memory, percept):
        memory, output, _ = agent.memory.step(memory, agent.encoder(percept))
        return memory, (agent.policy.numbers(output), agent.value(output)[0])

    one = lambda percept: jax.lax.scan(step, agent.initial_memory(), percept)[1]  # noqa: E731
    return jax.vmap(one, in_axes=-1, out_axes=-1)(lives.percept)


@every_agent
def test_replay_and_recall_say_what_was_said(settings):
    agent, lives = lives_of(settings)
    assert lives.percept.observation.dtype == jnp.uint8
    logits, value = quick_jit(by_stepping)(agent, lives)
    assert np.ptp(logits) > 0.1
    replay = quick_jit(lambda agent: agent.replay(lives._replace(residuals=None)))
    recall = quick_jit(lambda agent: agent.recall(lives))
    for said in (replay(agent), recall(agent)):
        np.testing.assert_allclose(said.law.logits, logits, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(said.value, value, rtol=1e-4, atol=1e-5)


@every_agent
def test_the_gradient_reaches_the_encoder_and_is_that_of_autodiff(settings):
    agent, lives = lives_of(settings)
    matters = jax.random.normal(jax.random.key(4), lives.alive.shape)

    def gradient(says):
        def loss(agent):
            logits, value = says(agent)
            chosen = jax.nn.one_hot(lives.action, logits.shape[1], axis=1)
            return jnp.sum(matters * ((jax.nn.log_softmax(logits, axis=1) * chosen).sum(1) + value))

        return jax.tree.leaves(quick_jit(jax.grad(loss))(agent))

    def said(prediction):
        return prediction.law.logits, prediction.value

    expected = gradient(lambda agent: by_stepping(agent, lives))
    for ours in (
        gradient(lambda agent: said(agent.replay(lives._replace(residuals=None)))),
        gradient(lambda agent: said(agent.recall(lives))),
    ):
        for a, b in zip(ours, expected, strict=True):
            assert np.abs(b).max() > 0
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_a_learner_moves_the_encoder():
    learner = A2C(SMALL_SCREEN, AGENTS["conv, stacked"], lifetimes=32, microbatch=4, microbatches=1)
    state, step = learner.init(0), quick_jit(learner.step)
    for _ in range(2):  # the second begins with what the first left on the devices
        before, (state, _) = state.weights.encoder.observer, step(state)
        assert not np.array_equal(before.dense.weights, state.weights.encoder.observer.dense.weights)


@every_agent
def test_an_agent_is_saved_and_read_again(settings, tmp_path):
    build = lambda settings, key: settings.build(SMALL_SCREEN.environment, SMALL_SCREEN.horizon, key=key)  # noqa: E731
    agent = build(settings, KEY)
    save_tree(tmp_path / "agent.safetensors", agent, kind="agent")
    again = from_json(AgentSettings, to_json(settings))
    assert again == settings
    like = build(again, jax.random.key(1))
    assert eqx.tree_equal(load_tree(tmp_path / "agent.safetensors", like, kind="agent"), agent)
    other = build(dataclasses.replace(settings, encoder="flat"), KEY)
    with pytest.raises(UserError, match="does not fit"):
        load_tree(tmp_path / "agent.safetensors", other, kind="agent")


def test_settings_written_before_there_were_encoders_can_be_read():
    usual = dataclasses.replace(AgentSettings(), memory=LSTMSettings(48))
    assert from_json(AgentSettings, of_version_1({"memory": "lstm", "units": 48})) == usual


@pytest.mark.parametrize(
    ("written", "encoder", "memory"),
    [
        ({"encoder": "conv", "units": 6}, ConvSettings(), LSTMSettings(6)),
        ({"encoder": {"widths": [5]}, "units": 6, "start": None}, MLPSettings((5,)), LSTMSettings(6)),
        (
            {
                "encoder": {"channels": [3, 4], "features": 5},
                "memory": "stacked-lstm",
                "units": [4, 6],
                "start": {"forget_bias": 3.0, "recurrent_gain": 1.5},
            },
            ConvSettings((3, 4), features=5),
            StackedLSTMSettings((4, 6), 3.0, 1.5),
        ),
    ],
)
def test_settings_of_the_version_before_can_be_read(written, encoder, memory):
    """It wrote a part's name or its fields, and a memory's units and start beside it."""
    settings = from_json(AgentSettings, json.loads(json.dumps(of_version_1(written))))
    assert settings == AgentSettings(memory=memory, encoder=encoder)


def test_an_observation_that_is_not_given_needs_no_encoder():
    percept = PerceptSettings(observation=False)
    agent = AgentSettings(percept, encoder="conv").build(SMALL_SCREEN.environment, 6, key=KEY)
    assert jax.tree.leaves(agent.encoder) == []
    assert PerceptEncoder.build(percept, SMALL_SCREEN.environment, 6).parts.observation == 0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: encoder("cnov", vector(4, 4, 3), key=KEY),
            "no encoder is called 'cnov'. Did you mean 'conv'?",
        ),
        (lambda: encoder("conv", vector(4), key=KEY), "shape is (4,); use 'flat' or 'mlp'"),
        (lambda: ConvSettings(channels=()), "channels is (); it must name at least one layer"),
        (
            lambda: ConvSettings(channels=(16, 0)),
            "each of channels is 0; it must be a whole number, at least 1",
        ),
        (lambda: ConvSettings(channels=(4, 4, 4)), "kernels is None, which is known for 2 layers"),
        (lambda: ConvSettings(kernels=(3,)), "kernels is (3,); it must name all 2 layers, as channels does"),
        (lambda: ConvSettings(strides=(2, 0)), "each of strides is 0; it must be a whole number, at least 1"),
        (lambda: ConvSettings(features=0), "features is 0; it must be a whole number, at least 1"),
        (
            lambda: ConvSettings(kernels=(3, 3)).build(pixels(4, 4, 3), key=KEY),
            "kernels is (3, 3): that of layer 2 is 3, and there are only 2 pixels left",
        ),
        (lambda: MLPSettings(()), "widths is (); it must name at least one layer"),
        (lambda: MLPSettings((0,)), "each of widths is 0; it must be a whole number, at least 1"),
    ],
)
def test_what_cannot_be_is_refused(make, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the text is looked for below)
        make()
    assert text in str(error.value)
