"""Our trainer, on as many devices as this process may use cores: `python ours.py recall|replay`."""

import os
import sys
from dataclasses import dataclass

from worker import serve

CORES = len(os.sched_getaffinity(0))
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_NUM_CPU_DEVICES"] = str(CORES)  # read by jax when it is first imported

import jax  # noqa: E402

from prefrontal.agents import AgentSettings, RecurrentAgent  # noqa: E402
from prefrontal.learners.a2c import A2C  # noqa: E402
from prefrontal.tasks import IndependentArms  # noqa: E402
from prefrontal.training import compiled  # noqa: E402

LIFETIMES = 64  # an update, on each device


class ForwardTwice(RecurrentAgent):
    """Its forward pass is run again in the learner, which is told nothing of what the rollout computed."""

    def recall(self, lifetimes):
        return self.replay(lifetimes)


@dataclass(frozen=True)
class ForwardTwiceSettings(AgentSettings):
    def build(self, environment, horizon, *, key):
        agent = super().build(environment, horizon, key=key)
        return ForwardTwice(agent.encoder, agent.memory, agent.policy, agent.value)


def learner(agent: AgentSettings, updates: int) -> A2C:
    """The work W: two arms, 100 pulls, 48 LSTM units, learning from the sampled reward as the others do."""
    return A2C(
        IndependentArms(),
        agent,
        lifetimes=updates * LIFETIMES * CORES,
        microbatch=LIFETIMES,
        microbatches=CORES,
        signal="sampled",
        devices=CORES,
    )


def main(way: str) -> None:
    ours = learner({"recall": AgentSettings(), "replay": ForwardTwiceSettings()}[way], updates=20_000)
    program, state = compiled(ours), ours.init(0)

    def train(updates: int) -> int:
        nonlocal state
        chunk = jax.block_until_ready(program(state, updates))
        state = chunk.state
        return int(chunk.count) * ours.lifetimes_per_update * ours.horizon

    serve(train, ["prefrontal", "jax", "jaxlib"])


if __name__ == "__main__":
    main(sys.argv[1])
