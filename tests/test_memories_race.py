"""The experiment `memories` by time: each memory is given the time of the quickest, as trainings log it."""

import json

import numpy as np
import pytest

from prefrontal.analysis.evidence import Evidence
from prefrontal.experiments.duan2016.memories.analysis import MEMORIES, race, seconds_each

SLOW = {"lstm": 1.0, "gru": 0.5, "linear": 2.0, "attention": 8.0}  # processor seconds of ten lifetimes
CHUNKS = 100


@pytest.fixture
def evidence(tmp_path):
    """Every seed's regret is 1,000 / lifetimes, times one more than the seed's number."""
    for name in MEMORIES:
        for seed in (0, 1):
            folder = tmp_path / "runs" / f"{name}-grid" / f"seed-{seed}"
            folder.mkdir(parents=True)
            rows = [
                {
                    "lifetimes": 10 * k,
                    "processor_seconds": SLOW[name],
                    "metrics": {"regret": (1 + seed) * 100 / k},
                }
                for k in range(1, CHUNKS + 1)
            ]
            (folder / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "config.json").write_text(json.dumps({"seeds": [0, 1]}))
    return Evidence(tmp_path)


def test_all_are_given_the_time_of_the_quickest(evidence):
    assert seconds_each(evidence, "attention-grid") == pytest.approx(0.8)
    raced = race(evidence, "grid")
    assert {name: one.seconds for name, one in raced.items()} == pytest.approx(
        {name: CHUNKS * slow for name, slow in SLOW.items()}
    )
    for name, one in raced.items():
        assert one.at == pytest.approx(50.0)
        lifetimes = np.linspace(0.9, 1.0, 50) * 10 * one.at / SLOW[name]
        expected = (1000 / lifetimes).mean()
        np.testing.assert_allclose(one.regret, [expected, 2 * expected], rtol=0.02)
