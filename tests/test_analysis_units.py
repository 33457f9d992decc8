"""Units decoded, encoded and projected, where the answer is known."""

import numpy as np
import pytest

from prefrontal.analysis.units import cross_validated_r2, decoding, encoding, principal_components

N, T, H = 60, 20, 8


def planted(noise: float, seed: int = 0):
    """A variable that three units carry, among units of noise."""
    rng = np.random.default_rng(seed)
    variable = rng.normal(size=(N, T))
    units = rng.normal(size=(N, T, H))
    units[..., :3] = variable[..., None] * np.array([1.0, -2.0, 0.5]) + noise * rng.normal(size=(N, T, 3))
    return units, variable


def test_a_variable_carried_without_noise_is_decoded_whole():
    units, variable = planted(0.0)
    assert decoding(units, variable) > 0.999


def test_r2_is_what_the_noise_leaves():
    """y = x + e: the best R² is var x / (var x + var e) = 1 / (1 + 0.5²)."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 20, 1))
    y = x + 0.5 * rng.normal(size=(400, 20, 1))
    assert cross_validated_r2(x, y)[0] == pytest.approx(0.8, abs=0.015)


def test_units_that_know_nothing_have_no_r2():
    """With as many units as could fit the noise, an R² on the lifetimes fitted to would be well above 0."""
    rng = np.random.default_rng(2)
    units, variable = rng.normal(size=(20, 5, 40)), rng.normal(size=(20, 5))
    assert decoding(units, variable) < 0


def test_likeness_within_a_lifetime_is_not_knowledge():
    """Both are constant in a lifetime and unrelated: folds that split a lifetime would find R² near 1."""
    rng = np.random.default_rng(3)
    units = np.repeat(rng.normal(size=(30, 1, 25)), T, axis=1)
    variable = np.repeat(rng.normal(size=(30, 1)), T, axis=1)
    assert decoding(units, variable) < 0


def test_encoding_tells_the_units_that_carry():
    units, variable = planted(0.1)
    found = encoding(units, variable[..., None])
    assert (found[:3] > 0.9).all()
    assert (found[3:] < 0.05).all()


def test_against_least_squares_fold_by_fold():
    units, variable = planted(1.0)
    residual = total = 0.0
    for fold in range(5):
        inside = np.arange(N) % 5 == fold
        design = np.concatenate([np.ones((N, T, 1)), units], axis=-1)
        weights = np.linalg.lstsq(design[~inside].reshape(-1, H + 1), variable[~inside].ravel(), rcond=None)[
            0
        ]
        residual += np.sum((variable[inside] - design[inside] @ weights) ** 2)
        total += np.sum((variable[inside] - variable[~inside].mean()) ** 2)
    assert decoding(units, variable, ridge=0.0) == pytest.approx(1 - residual / total, rel=1e-9)


def test_ridge_shrinks_the_prediction():
    units, variable = planted(0.0)
    assert decoding(units, variable, ridge=10.0) < decoding(units, variable, ridge=0.1) < 0.999


def test_units_that_never_change_are_no_trouble():
    units, variable = planted(0.0)
    units[..., 5] = 0.25
    assert decoding(units, variable) > 0.999
    found = encoding(units.astype(np.float32), variable[..., None])
    assert np.isnan(found).tolist() == [False] * 5 + [True] + [False] * 2


def test_more_folds_than_lifetimes_are_refused():
    with pytest.raises(ValueError, match="folds is 61; it must be a whole number, from 2 to 60"):
        decoding(*planted(0.0), folds=61)


def test_components_are_the_planted_ones():
    rng = np.random.default_rng(4)
    axes, _ = np.linalg.qr(rng.normal(size=(H, H)))
    spread = np.array([3.0, 2.0, 1.0, *[0.01] * (H - 3)])
    units = (rng.normal(size=(400, T, H)) * spread) @ axes.T + 5.0
    found = principal_components(units, 3)
    np.testing.assert_allclose(np.abs(found.directions @ axes[:, :3]), np.eye(3), atol=0.03)
    np.testing.assert_allclose(found.explained, np.array([9, 4, 1]) / 14, atol=0.01)
    np.testing.assert_allclose(found.projected.std(axis=(0, 1)), [3, 2, 1], rtol=0.05)
    np.testing.assert_allclose(found.projected.mean(axis=(0, 1)), 0, atol=1e-9)


def test_all_components_rebuild_the_units():
    units, _ = planted(1.0)
    found = principal_components(units, H)
    np.testing.assert_allclose(
        found.projected @ found.directions + units.mean(axis=(0, 1)), units, atol=1e-10
    )
    assert found.explained.sum() == pytest.approx(1.0)
    assert (np.diff(found.explained) <= 0).all()


def test_the_sign_of_a_component_is_fixed():
    units, _ = planted(1.0)
    directions = principal_components(units, H).directions
    np.testing.assert_allclose(principal_components(-units, H).directions, directions, atol=1e-9)


def test_units_that_all_never_change_have_no_components():
    with pytest.raises(ValueError, match="units never change"):
        principal_components(np.zeros((3, 4, 2)), 1)
