"""sb3-contrib's RecurrentPPO on the same bandits: `python sb3.py ENVIRONMENTS MINIBATCHES`.

Set to be as fast as it goes: one LSTM for policy and value with nothing between it and the heads, one epoch,
one thread, and environments that are one numpy array and keep it waiting for nothing.
"""

import sys

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from gymnasium import spaces
from sb3_contrib import RecurrentPPO  # pyright: ignore[reportMissingImports]
from stable_baselines3.common.vec_env import VecEnv  # pyright: ignore[reportMissingImports]
from worker import serve

PULLS, ARMS, UNITS = 100, 2, 48


class Bandits(VecEnv):
    """As many Bernoulli bandits as `count`, each drawn anew for each lifetime.

    The observation is what our agents are given: the previous action, one-hot, the previous reward, and the
    time.
    """

    def __init__(self, count: int):
        super().__init__(count, spaces.Box(0.0, 1.0, (ARMS + 2,), np.float32), spaces.Discrete(ARMS))
        self.random = np.random.default_rng(0)
        self.each = np.arange(count)
        self.nothing_to_tell = [{} for _ in range(count)]

    def reset(self):
        self.time = 0
        self.probabilities = self.random.random((self.num_envs, ARMS), np.float32)
        return np.zeros((self.num_envs, ARMS + 2), np.float32)

    def step_async(self, actions):
        self.action = actions

    def step_wait(self):
        paid = self.random.random(self.num_envs, np.float32) < self.probabilities[self.each, self.action]
        reward = paid.astype(np.float32)
        self.time += 1
        over = self.time == PULLS
        observation = self.reset() if over else self._observe(reward)
        return observation, reward, np.full(self.num_envs, over), self.nothing_to_tell

    def _observe(self, reward):
        observation = np.zeros((self.num_envs, ARMS + 2), np.float32)
        observation[self.each, self.action] = 1
        observation[:, ARMS] = reward
        observation[:, ARMS + 1] = self.time / PULLS
        return observation

    def close(self):
        pass

    def get_attr(self, attr_name, indices=None):
        return [None] * self.num_envs

    def set_attr(self, attr_name, value, indices=None):
        pass

    def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
        return [None] * self.num_envs

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs


def main(environments: int, minibatches: int) -> None:
    torch.set_num_threads(1)
    one_lstm = {"lstm_hidden_size": UNITS, "net_arch": [], "shared_lstm": True, "enable_critic_lstm": False}
    model = RecurrentPPO(
        "MlpLstmPolicy",
        Bandits(environments),
        n_steps=PULLS,
        batch_size=PULLS * environments // minibatches,
        n_epochs=1,
        gamma=0.9,
        gae_lambda=1.0,
        ent_coef=0.05,
        vf_coef=0.05,
        learning_rate=1e-3,
        policy_kwargs=one_lstm,
        device="cpu",
    )

    def train(updates: int) -> int:
        before, steps = model.num_timesteps, updates * environments * PULLS
        model.learn(steps, reset_num_timesteps=False)
        return model.num_timesteps - before

    serve(train, ["sb3-contrib", "stable-baselines3", "torch", "gymnasium", "numpy"])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
