"""Harlow's task at the paper's size: both of its agents train a little, are stopped, go on and are judged."""

import dataclasses
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from test_checkpoints import assert_same_bits
from test_training import assert_same_run, interrupted

from prefrontal import fonts
from prefrontal.agents import AgentSettings
from prefrontal.cli import main as cli
from prefrontal.disk.runs import Run, load_agent
from prefrontal.disk.serialisation import to_json
from prefrontal.errors import UserError
from prefrontal.learners.a2c import A2C
from prefrontal.memory import NoMemorySettings, StackedLSTMSettings
from prefrontal.tasks import DISTRIBUTIONS, Stripes
from prefrontal.training import train

PAPER = DISTRIBUTIONS["harlow-paper"]()  # without a font for emoji: with stripes
SHORT = dataclasses.replace(PAPER, horizon=4)
RECIPE = partial(A2C, lifetimes=4, microbatch=2, microbatches=1)
AGENTS = {
    "lstm": AgentSettings(encoder="conv"),
    "stacked-lstm": AgentSettings(memory=StackedLSTMSettings((64, 256)), encoder="conv"),
}
pytestmark = pytest.mark.filterwarnings("ignore:.*in place of emoji")
every_agent = pytest.mark.parametrize("memory", AGENTS)
SMALL = AgentSettings(memory=NoMemorySettings(2), encoder="flat")  # where what it learns does not matter


def config(learner: A2C, name: str = "harlow-paper") -> dict:
    return {"name": "agent", "distribution": name, "learner": to_json(learner)}


def test_it_is_of_the_papers_size():
    """Section 3.2.2: 84 x 84 pixels of red, green and blue; 3,600 frames, of which a decision lasts four."""
    world = PAPER.environment
    assert world.observation_space.shape == (84, 84, 3)
    assert world.observation_space.dtype == np.uint8
    assert (world.image_height, world.image_width, world.trials) == (34, 34, 10)
    assert PAPER.horizon * world.repeat == 3600


@every_agent
def test_what_is_stopped_goes_on_to_the_same_bits(tmp_path, memory):
    learner = RECIPE(SHORT, AGENTS[memory])
    begun = learner.agent(learner.init(0))
    agent = train(learner, 0, tmp_path / "whole", config=config(learner))
    interrupted(learner, tmp_path / "cut", update=1, config=config(learner))
    assert not Run(tmp_path / "cut").finished
    train(learner, 0, tmp_path / "cut", config=config(learner), resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")
    moved = jax.tree.map(lambda one, other: bool((one != other).any()), begun.encoder, agent.encoder)
    assert all(jax.tree.leaves(moved))  # the gradient reaches every layer of the convolution
    assert Run(tmp_path / "whole").outcome.updates == 2
    assert_same_bits(load_agent(tmp_path / "cut"), agent)


def by_name(learner: A2C) -> dict:
    """As an experiment has it: its tasks' name, which does not say what the images are."""
    return config(dataclasses.replace(learner, tasks="harlow-emoji"), "harlow-emoji")


@pytest.fixture(scope="module")
def trained_with_emoji(tmp_path_factory):
    """A finished training on a small screen, that says it was of emoji."""
    world = dataclasses.replace(DISTRIBUTIONS["harlow-emoji"](), horizon=2)
    learner = RECIPE(world, SMALL, lifetimes=2)
    run = tmp_path_factory.mktemp("run")
    train(learner, 0, run, config=by_name(learner))
    path = run / "config.json"
    written = json.loads(path.read_text())
    assert written["tasks"]["images"]["is"] in ("EmojiImages", "Stripes")
    written["tasks"]["images"] = {
        "is": "EmojiImages",
        "training": 1000,
        "part": "train",
        "fingerprint": "f00",
    }
    path.write_text(json.dumps(written))
    return learner, run


def test_it_neither_goes_on_nor_is_judged_with_other_images(trained_with_emoji, monkeypatch, capsys):
    learner, run = trained_with_emoji
    monkeypatch.setattr(fonts, "PLACES", ())
    monkeypatch.delenv(fonts.VARIABLE, raising=False)
    other = dataclasses.replace(
        learner, tasks=dataclasses.replace(learner.distribution, images=Stripes(instead_of="emoji"))
    )
    told = r"tasks\.images\.is is 'EmojiImages' there and 'Stripes' here"
    with pytest.raises(UserError, match=told):
        train(other, 0, run, config=by_name(learner), resume=True)
    assert cli.main(["evaluate", str(run), "--lifetimes", "2", "--horizon", "2"]) == 2
    complaint = capsys.readouterr().err
    assert (
        "was not trained on 'harlow-emoji' as it is here: harlow-emoji.images.is is 'EmojiImages'"
        in complaint
    )


def test_a_user_may_evaluate_on_images_of_their_own(trained_with_emoji, tmp_path, capsys):
    _, run = trained_with_emoji
    folder = tmp_path / "images"
    folder.mkdir()
    for k in range(4):
        Image.new("RGB", (9, 9), (60 * k, 0, 0)).save(folder / f"{k}.png")
    name = f"harlow-emoji:{folder}"
    assert cli.main(["evaluate", str(run), "--on", name, "--lifetimes", "2", "--horizon", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["distribution"] == name


def test_a_task_of_bytes_is_gathered_as_bytes():
    task = PAPER.sample(jax.random.key(0))
    if isinstance(PAPER.images, Stripes):
        pytest.skip("stripes are drawn as numbers; for emoji, install the package fonts-noto-color-emoji")
    assert task.rewarded.dtype == jnp.uint8
    assert task.rewarded.shape == (34, 34, 3)
