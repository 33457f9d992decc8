"""Damped Newton: against closed forms, another method, and the edges of a box."""

import numpy as np
import pytest
from scipy import optimize

from prefrontal.analysis.statistics.newton import Loss, minimise

rng = np.random.default_rng(0)
CURVED = rng.normal(size=(5, 3, 3))
CURVED = CURVED @ CURVED.transpose(0, 2, 1) + 0.1 * np.eye(3)
CENTRES = rng.normal(size=(5, 3))


def bowls(problems, at):
    """½ (x - c)ᵀ A (x - c): the least is at c."""
    away = at - CENTRES[problems]
    slope = np.einsum("bij,bj->bi", CURVED[problems], away)
    return Loss((away * slope).sum(axis=1) / 2, slope, CURVED[problems].copy())


def valleys(_, at):
    """Rosenbrock's function, whose Hessian is not positive everywhere: the least is at (1, 1)."""
    x, y = at.T
    slope = np.stack([-400 * x * (y - x**2) - 2 * (1 - x), 200 * (y - x**2)], axis=1)
    bend = np.array([[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, np.full_like(x, 200.0)]])
    return Loss(100 * (y - x**2) ** 2 + (1 - x) ** 2, slope, np.moveaxis(bend, -1, 0))


def test_one_full_step_is_enough_for_a_quadratic():
    calls = []

    def counted(problems, at):
        calls.append(len(problems))
        return bowls(problems, at)

    end = minimise(counted, np.zeros((5, 3)), gain=1e-12)
    np.testing.assert_allclose(end.parameters, CENTRES, atol=1e-10)
    assert calls == [5, 5]
    assert end.converged.all()
    np.testing.assert_array_equal(end.loss.hessian, CURVED)


@pytest.mark.parametrize("damping", [0.0, 1e-3, 1.0])
def test_the_end_of_a_bent_valley_is_found_from_anywhere(damping):
    start = np.random.default_rng(1).uniform(-2, 2, (50, 2))
    end = minimise(valleys, start, flat=1e-8, damping=damping)
    assert end.converged.all()
    np.testing.assert_allclose(end.parameters, 1.0, atol=1e-6)


def test_no_step_raises_a_loss():
    at = np.random.default_rng(2).uniform(-2, 2, (20, 2))
    losses = [valleys(None, at).value]
    for _ in range(10):
        at = minimise(valleys, at, iterations=1).parameters
        losses.append(valleys(None, at).value)
    assert (np.diff(losses, axis=0) <= 0).all()


def test_the_least_in_a_box_is_the_one_another_method_finds():
    box = {"lowest": np.full(3, -0.3), "highest": np.full(3, 0.4)}
    # Losses of 64 bits do not tell slopes below about 1e-8: how far a step gets depends on the processor.
    end = minimise(bowls, np.zeros((5, 3)), flat=1e-8, damping=1e-3, **box)
    assert end.converged.all()
    at_an_edge = 0
    for problem in range(5):
        loss = lambda x, problem=problem: bowls([problem], x[None]).value[0]  # noqa: E731
        best = optimize.minimize(loss, np.zeros(3), bounds=[(-0.3, 0.4)] * 3, method="L-BFGS-B")
        np.testing.assert_allclose(end.parameters[problem], best.x, atol=1e-4)
        at_an_edge += np.isin(end.parameters[problem], (-0.3, 0.4)).any()
    assert at_an_edge > 0


def test_what_is_not_free_stays_where_it_is():
    start = np.full((5, 3), 0.25)
    end = minimise(bowls, start, flat=1e-9, free=np.array([True, False, True]))
    np.testing.assert_array_equal(end.parameters[:, 1], 0.25)
    slope = bowls(np.arange(5), end.parameters).gradient
    np.testing.assert_allclose(slope[:, [0, 2]], 0.0, atol=1e-8)
    assert np.abs(slope[:, 1]).min() > 1e-3


def test_together_all_go_on_until_the_last_has_converged():
    start = np.array([[1.0001, 1.0002], [-1.5, 2.0]])
    alone = minimise(valleys, start, gain=1e-5)
    both = minimise(valleys, start, gain=1e-5, together=True)
    assert alone.converged.all()
    assert both.converged.all()
    np.testing.assert_array_equal(alone.parameters[0], start[0])  # it had converged before the first step
    assert both.loss.value[0] < 1e-20 < alone.loss.value[0]
    np.testing.assert_array_equal(both.parameters[1], alone.parameters[1])


def test_too_few_iterations_are_told():
    assert not minimise(valleys, np.array([[-1.5, 2.0]]), flat=1e-8, iterations=3).converged.any()
