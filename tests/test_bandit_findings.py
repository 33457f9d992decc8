"""What the findings of the bandits say, of numbers that are known."""

import json

import numpy as np
import pytest
from made_up import DISTRIBUTION, keep, made_up_output, records, reference_row

from prefrontal.analysis.choices.fits import Fit
from prefrontal.analysis.choices.rescorla_wagner import SharedComparison
from prefrontal.analysis.control_findings import no_memory, no_reward
from prefrontal.analysis.evidence import Evidence, record_path, reference_record_path
from prefrontal.experiments.wang2016.bandit_restless.analysis import (
    Fits,
    _at_every_step,
    _from_end_to_end,
    median_rates,
)

LEVELS = (0.02, 0.05, 0.2)


def fitted(*rates: float, blocks: int = 3) -> Fits:
    """Blocks of each volatility, in no order, with these learning rates in the middle."""
    volatility = np.repeat(LEVELS, blocks)
    alpha = np.concatenate([[rate, rate - 0.1, rate + 0.3] * (blocks // 3) for rate in rates])
    shuffled = np.random.default_rng(0).permutation(len(alpha))
    parameters = np.stack([alpha, np.ones_like(alpha), np.zeros_like(alpha)], axis=1)[shuffled]
    nothing = np.zeros(len(alpha))
    fit = Fit(parameters, nothing, nothing, np.ones(len(alpha), bool))
    return Fits(volatility[shuffled], {"ab": fit}, SharedComparison(0.5, 1.0, 1.0, 0.0))


def test_rates_go_from_the_lowest_volatility_to_the_highest():
    assert median_rates(fitted(0.2, 0.1, 0.4)) == pytest.approx([0.2, 0.1, 0.4])


def test_a_dip_of_one_seed_leaves_the_next_undecided():
    rising, dipping, optimal = fitted(0.2, 0.3, 0.4), fitted(0.2, 0.19, 0.4), fitted(0.2, 0.1, 0.5)
    found = _at_every_step([rising, dipping], optimal)
    assert found.verdict == "undecided"
    assert found.value == pytest.approx((0.1 - 0.01) / 2)
    assert found.reference.value == pytest.approx(-0.1)
    ends = _from_end_to_end([rising, dipping], optimal)
    assert ends.value == pytest.approx(0.2)
    assert ends.reference.value == pytest.approx(0.3)


def test_rates_that_clearly_rise_or_fall_are_decided():
    steep, falling = (fitted(*rates, blocks=60) for rates in ((0.1, 0.5, 0.9), (0.9, 0.5, 0.1)))
    assert _at_every_step([steep] * 5, steep).verdict == "holds"
    assert _from_end_to_end([falling] * 5, steep).verdict == "fails"
    assert _from_end_to_end([steep], steep).verdict == "undecided"  # of one training, about another


def evidence_of(*regrets: float, folder, exact: bool = True):
    """`made_up_output` with a control of these regrets, one for each seed; chance and WSLS known exactly."""
    out = made_up_output(folder / "out", seeds=tuple(range(len(regrets))))
    rows = [reference_row(name, value) for name, value in (("win-stay-lose-shift", 7.7), ("random", 16.67))]
    (out / "references.json").write_text(json.dumps({"references": [row | {"exact": exact} for row in rows]}))
    for name, value in (("win-stay-lose-shift", 7.7), ("random", 16.67)):
        keep(records(name, value, 99), reference_record_path(out, name, DISTRIBUTION))
    config = json.loads((out / "config.json").read_text())
    config["conditions"].append(config["conditions"][1] | {"name": "no-reward"})
    (out / "config.json").write_text(json.dumps(config))
    for seed, regret in enumerate(regrets):
        for control in ("no-memory", "no-reward"):
            keep(records(control, regret, seed), record_path(out, control, seed, DISTRIBUTION))
    return Evidence(out)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("regrets", "verdict"),
    [
        ((7.7, 7.72, 7.68), "holds"),
        ((7.0, 7.02, 6.98), "fails"),  # lower by nine in a hundred
        ((7.4, 7.8, 7.0), "undecided"),
    ],
)
def test_no_memory_is_held_to_a_margin_by_the_rule(regrets, verdict, exact, tmp_path):
    """Where win-stay-lose-shift's own value is sampled, what is measured is a multiple of it."""
    found = no_memory(evidence_of(*regrets, folder=tmp_path, exact=exact), "")
    assert found.verdict == verdict
    shift = 7.7 if exact else 1.0
    assert found.reference.value == shift
    assert found.value == pytest.approx(np.mean(regrets) * shift / 7.7, rel=0.02)


def test_no_reward_is_at_chance_on_both_sides(tmp_path):
    regrets = {"at": (16.6, 16.7), "above": (19.0, 19.1), "below": (14.0, 14.1)}
    found = {key: no_reward(evidence_of(*two, folder=tmp_path / key), "") for key, two in regrets.items()}
    assert {key: one.verdict for key, one in found.items()} == {
        "at": "holds",
        "above": "fails",
        "below": "fails",
    }
