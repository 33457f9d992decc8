"""A run knows its program: the same in every process, another where what is computed is changed."""

import dataclasses
import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest
from jax.extend.core import ClosedJaxpr, Jaxpr
from toy_learner import Toy
from toy_runs import interrupted

from prefrontal.agents import AgentSettings
from prefrontal.errors import UserError
from prefrontal.fingerprint import fingerprint
from prefrontal.jaxprs import jaxpr_hasher
from prefrontal.learners.a2c import A2C
from prefrontal.memory import LSTMSettings
from prefrontal.tasks import IndependentArms, TwoStep
from prefrontal.training import train

SMALL = AgentSettings(memory=LSTMSettings(3))
IN_A_PROCESS = """
import sys
from prefrontal.agents import AgentSettings
from prefrontal.fingerprint import fingerprint
from prefrontal.learners.a2c import A2C
from prefrontal.memory import LSTMSettings
from prefrontal.tasks import TwoStep
print(fingerprint(A2C(TwoStep(), AgentSettings(memory=LSTMSettings(3)), devices=int(sys.argv[1]))))
"""


@dataclasses.dataclass(frozen=True)
class Edited(IndependentArms):
    """Its settings are those of the arms; `EDIT` stands for a change of its code."""

    one_task = True

    def sample(self, key):
        return super().sample(key)._replace(probabilities=jnp.full(self.arms, EDIT))


EDIT = 0.5


def edit(monkeypatch, value: float) -> None:
    monkeypatch.setattr(sys.modules[__name__], "EDIT", value)


@pytest.mark.parametrize("until", [5, None])
def test_a_run_whose_code_was_changed_is_not_gone_on_with(tmp_path, monkeypatch, until):
    learner, folder = A2C(Edited(2, horizon=4), SMALL, lifetimes=24, microbatch=1), tmp_path / "run"
    if until:
        interrupted(learner, folder, update=until)
    else:
        train(learner, 0, folder)
    edit(monkeypatch, 0.9)
    with pytest.raises(
        UserError, match=r"another program: .* code .* has changed since; choose another folder"
    ):
        train(learner, 0, folder, resume=True)
    edit(monkeypatch, 0.5)
    assert train(learner, 0, folder, resume=True)


def altered(folder, **values) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_run_of_an_earlier_version_says_nothing_of_its_program(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"program": "another"}))
    with pytest.raises(UserError, match="another program"):
        train(Toy(), 0, tmp_path, resume=True)
    del config["program"], config["jax"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    train(Toy(), 0, tmp_path, resume=True)


def test_another_jax_writes_the_same_program_in_another_way(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    versions = json.loads((tmp_path / "config.json").read_text())["versions"]
    altered(tmp_path, program="another", versions={**versions, "jax": "0.0.1"})
    with pytest.warns(UserWarning, match="the last bits"):
        train(Toy(), 0, tmp_path, resume=True)


def test_a_run_goes_on_with_the_settings_of_jax_that_it_was_begun_with(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    there = json.loads((tmp_path / "config.json").read_text())["jax"]
    altered(tmp_path, jax={**there, "threefry_partitionable": not there["threefry_partitionable"]})
    with pytest.raises(
        UserError, match=r"cannot be resumed here: jax\.threefry_partitionable is (True|False) there"
    ):
        train(Toy(), 0, tmp_path, resume=True)
    train(Toy(), 0, tmp_path / "finished")
    altered(tmp_path / "finished", jax={**there, "enable_x64": True}, program="another")
    train(Toy(), 0, tmp_path / "finished", resume=True)


def test_every_process_and_number_of_devices_has_the_same_fingerprint():
    here = fingerprint(A2C(TwoStep(), SMALL))
    for hash_seed, devices in (("1", 1), ("2", 2)):
        found = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, str(devices)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "JAX_NUM_CPU_DEVICES": "2"},
        )
        assert found.stdout.strip() == here


def test_data_and_constants_count_and_seeds_do_not():
    """`rate` is a number in the program of the toy learner; `updates` is none of what an update computes."""
    assert fingerprint(Toy(updates=20)) == fingerprint(Toy(updates=30))
    assert fingerprint(Toy(rate=3.9)) != fingerprint(Toy(rate=3.8))
    assert fingerprint(A2C(TwoStep(), SMALL)) != fingerprint(A2C(TwoStep(common=0.7), SMALL))


class OneClass(ClosedJaxpr):
    """A jaxpr as JAX has it from 0.12 on: open and closed are one, and it holds its constants itself."""

    jaxpr = property(lambda self: self)
    constvars = property(lambda self: self._jaxpr.constvars)
    invars = property(lambda self: self._jaxpr.invars)
    outvars = property(lambda self: self._jaxpr.outvars)


def test_newer_jax_has_one_class_of_jaxprs():
    def of(constant: float) -> str:
        traced = jax.make_jaxpr(lambda x: x * jnp.array([constant, 2.0]))(jnp.zeros(2))
        two_classes = ClosedJaxpr is not Jaxpr  # this JAX is older: the newer one is imitated
        return jaxpr_hasher()(OneClass(traced.jaxpr, traced.consts) if two_classes else traced)

    assert of(1.0) == of(1.0)
    assert of(1.0) != of(3.0)
