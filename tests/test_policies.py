"""Policy heads and their laws: against definitions, samples and scipy; every kind of action space."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from gymnasium import spaces

from prefrontal.actions import Choice, Factors, Vector, actions_of, choices_of
from prefrontal.policies import POLICIES, SquashedLaw

UNITS, KEY = 5, jax.random.key(0)
SPACES = {
    "discrete": spaces.Discrete(4),
    "discrete from 3": spaces.Discrete(4, start=3),
    "multi-discrete": spaces.MultiDiscrete([2, 3, 4], start=[0, 1, -1]),
    "multi-discrete in two rows": spaces.MultiDiscrete([[2, 3], [4, 2]]),
    "multi-binary": spaces.MultiBinary(3),
    "number": spaces.Box(-1.0, 3.0, (), np.float32),
    "numbers": spaces.Box(np.float32([-1, 0, -np.inf]), np.float32([1, 4, np.inf]), dtype=np.float32),
    "numbers in two rows": spaces.Box(-2.0, 2.0, (2, 2), np.float32),
}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())


def policy_for(space, name: str = "auto"):
    """A head with large weights, so that laws differ from output to output."""
    built = POLICIES.make(name).build(actions_of(space), UNITS, key=KEY)
    return jax.tree.map(lambda leaf: 3 * leaf + 0.1, built)


def outputs(*batch: int, key: int = 1):
    return jax.random.normal(jax.random.key(key), (UNITS, *batch))


def drawn(policy, output, count: int, key: int = 2):
    """So many actions for one output, drawn first."""
    keys = jax.random.split(jax.random.key(key), count)
    return jax.jit(jax.vmap(lambda one: policy.choose(output, policy.noise(one))))(keys)


@every_space
def test_actions_have_the_shape_and_the_values_of_their_space(space):
    policy, output = policy_for(space), outputs()
    inside = jax.vmap(policy.actions.inside)(drawn(policy, output, 200))
    for action in np.asarray(inside):
        assert space.contains(np.asarray(action, space.dtype)), action
    none = np.asarray(policy.actions.none())
    assert none.shape == space.shape
    assert not none.any()


@every_space
def test_a_batch_is_handled_at_once(space):
    """The batch axes come last: each of a batch has the law, the action and the code that it has alone."""
    policy, batch = policy_for(space), outputs(3, 2)
    noise = jax.random.normal(jax.random.key(4), (*jax.eval_shape(policy.noise, KEY).shape, 3, 2))
    action = policy.choose(batch, noise)
    assert action.shape == (*space.shape, 3, 2)
    law, code = policy.law(batch), policy.actions.code(action)
    assert code.shape == (policy.actions.features, 3, 2)
    for i in range(3):
        for j in range(2):
            one = policy.choose(batch[:, i, j], noise[..., i, j])
            np.testing.assert_allclose(action[..., i, j], one, rtol=1e-5)
            alone = policy.law(batch[:, i, j])
            for name, arguments in (("log_probability", (action,)), ("entropy", ())):
                mine = getattr(alone, name)(*(x[..., i, j] for x in arguments))
                np.testing.assert_allclose(getattr(law, name)(*arguments)[i, j], mine, rtol=1e-4)
            np.testing.assert_allclose(law.mode()[..., i, j], alone.mode(), rtol=1e-5)
            np.testing.assert_allclose(code[:, i, j], policy.actions.code(one), rtol=1e-5, atol=1e-6)


@every_space
def test_entropy_and_divergence_are_means_of_log_probabilities(space):
    """Within four standard errors of 20,000 actions, as they are drawn."""
    policy = policy_for(space)
    law, other = policy.law(outputs()), policy.law(outputs(key=3))
    actions = drawn(policy, outputs(), 20_000)
    ours, theirs = (np.asarray(jax.vmap(one.log_probability)(actions)) for one in (law, other))
    for values, expected in ((-ours, law.entropy()), (ours - theirs, law.divergence(other))):
        assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(values.size) + 1e-6
    assert law.divergence(law) == pytest.approx(0.0, abs=1e-6)
    assert law.divergence(other) > 0


@every_space
def test_no_action_is_likelier_than_the_mode(space):
    policy = policy_for(space)
    law = policy.law(outputs())
    likeliest = law.log_probability(law.mode())
    assert np.all(jax.vmap(law.log_probability)(drawn(policy, outputs(), 500)) <= likeliest + 1e-5)


@every_space
def test_the_gradient_of_the_log_probability_has_the_mean_zero(space):
    """E[∇ log π(a)] = 0, which is what makes a baseline harmless: a wrong density is seen here."""
    policy, output = policy_for(space), outputs()
    actions = drawn(policy, output, 20_000)
    score = jax.vmap(jax.grad(lambda head, action: head.law(output).log_probability(action)), (None, 0))
    for slopes in jax.tree.leaves(score(policy, actions)):
        error = slopes.std(0) / np.sqrt(len(slopes))
        assert np.all(np.abs(slopes.mean(0)) < 5 * error + 1e-4)


def test_the_density_of_numbers_is_scipys():
    space = SPACES["numbers"]
    law = policy_for(space).law(outputs())
    action = jnp.array([0.3, 7.0, -2.0])
    normal = scipy.stats.norm(np.asarray(law.mean), np.exp(np.asarray(law.log_deviation)))
    np.testing.assert_allclose(law.log_probability(action), normal.logpdf(action).sum(), rtol=1e-5)
    np.testing.assert_allclose(law.entropy(), normal.entropy().sum(), rtol=1e-5)


def test_factors_are_independent():
    policy = policy_for(SPACES["multi-discrete"])
    law = policy.law(outputs())
    probabilities = [jax.nn.softmax(part) for part in np.split(np.asarray(law.logits), [2, 5])]
    for first in range(2):
        for second in range(3):
            for third in range(4):
                action = jnp.array([first, second + 1, third - 1])
                product = probabilities[0][first] * probabilities[1][second] * probabilities[2][third]
                np.testing.assert_allclose(jnp.exp(law.log_probability(action)), product, rtol=1e-5)


def test_numbers_are_in_units_of_their_box():
    """At first the mean is about the centre, and the spread a fourth of the width; or 0 and .5."""
    policy = POLICIES.make("gaussian").build(actions_of(SPACES["numbers"]), UNITS, key=KEY)
    law = policy.law(0 * outputs())
    np.testing.assert_allclose(law.mean, [0.0, 2.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(jnp.exp(law.log_deviation), [0.5, 1.0, 0.5], rtol=1e-5)
    np.testing.assert_allclose(policy.actions.code(jnp.array([1.0, 0.0, -7.0])), [1.0, -1.0, -7.0])


def test_codes():
    one_hot = actions_of(SPACES["discrete from 3"]).code(jnp.array(5))
    np.testing.assert_array_equal(one_hot, [0, 0, 1, 0])
    several = actions_of(SPACES["multi-discrete"]).code(jnp.array([1, 1, -1]))
    np.testing.assert_array_equal(several, [0, 1, 1, 0, 0, 1, 0, 0, 0])


def test_the_kinds_of_actions():
    assert actions_of(SPACES["discrete from 3"]) == Choice(4, 3)
    assert actions_of(SPACES["multi-binary"]) == Factors((2, 2, 2), (0, 0, 0), (3,))
    assert actions_of(SPACES["number"]) == Vector((), (-1.0,), (3.0,))
    assert choices_of(SPACES["discrete"]).n == 4


@pytest.mark.parametrize(
    "space",
    [
        spaces.Text(4),
        spaces.Dict({"a": spaces.Discrete(2)}),
        spaces.Tuple((spaces.Discrete(2),)),
        spaces.Box(0, 9, (2,), np.int32),
    ],
)
def test_other_spaces_are_refused_by_name(space):
    with pytest.raises(ValueError, match=r"^action_space is .*; "):
        actions_of(space)


def test_a_head_for_other_actions_is_refused():
    for name, space in (("gaussian", "discrete"), ("categorical", "number"), ("factored", "discrete")):
        with pytest.raises(ValueError, match=f"the policy '{name}' is for"):
            POLICIES.make(name).build(actions_of(SPACES[space]), UNITS, key=KEY)
    with pytest.raises(ValueError, match="it must be Discrete"):
        choices_of(SPACES["number"])


def squashed(mean=0.7, deviation=-0.4):
    """A law of two components in a box that is not around 0."""
    actions = actions_of(spaces.Box(np.float32([-1, 0]), np.float32([3, 1]), (2,), np.float32))
    return SquashedLaw(jnp.array([mean, -0.3]), jnp.array([deviation, 0.2]), actions)


def test_a_squashed_laws_density_is_that_of_its_definition():
    """It integrates to 1 over the box, and its entropy is the integral's. Without the slope it does not."""
    law, middles = squashed(), (np.arange(400) + 0.5) / 400
    x, y = np.meshgrid(4 * middles - 1, middles)
    places = jnp.asarray(np.stack([x.ravel(), y.ravel()]), jnp.float32)
    wide = jax.tree.map(lambda leaf: leaf[:, None] * jnp.ones((1, places.shape[1])), law)
    said, area = np.asarray(wide.log_probability(places), np.float64), 4 / 400**2
    np.testing.assert_allclose(np.exp(said).sum() * area, 1.0, atol=2e-3)
    np.testing.assert_allclose(-(np.exp(said) * said).sum() * area, law.entropy(), atol=5e-3)
    without = said + np.log(2 * 0.5) + np.log(1 - ((x.ravel() - 1) / 2) ** 2)
    assert abs(np.exp(without).sum() * area - 1.0) > 0.1


def test_a_drawn_action_and_its_probability_agree_with_the_density():
    law = squashed()
    for noise in ([0.3, -1.2], [2.0, 0.0]):
        action, said = law.drawn(jnp.array(noise))
        np.testing.assert_allclose(law.log_probability(action), said, rtol=1e-4)


def test_the_divergence_of_squashed_laws_is_the_mean_of_the_log_ratio():
    one, other = squashed(), squashed(mean=0.2, deviation=0.1)
    noise = jax.random.normal(jax.random.key(0), (2, 20_000))
    wide = jax.tree.map(lambda leaf: leaf[:, None] * jnp.ones((1, 20_000)), (one, other))
    action, said = wide[0].drawn(noise)
    ratio = np.asarray(said - wide[1].log_probability(action))
    assert abs(ratio.mean() - one.divergence(other)) < 4 * ratio.std() / np.sqrt(20_000)
    np.testing.assert_allclose(one.divergence(one), 0.0, atol=1e-6)


def test_a_squashed_head_needs_bounds():
    for space in (spaces.Box(-np.inf, np.inf, (2,)), spaces.Discrete(3)):
        with pytest.raises(ValueError, match="'squashed' is for bounded Box"):
            POLICIES.make("squashed").build(actions_of(space), UNITS, key=KEY)
