"""The exact optimum for more than two independent arms and few pulls: its value only.

Arms are alike until they are pulled, and their order does not matter, so a state is the sorted multiset of
the pulled arms' successes and failures. For 10 pulls of 50 arms that is some thousands of states.
"""

from prefrontal.tasks.bandits.bernoulli import IndependentArms

MOST_STATES = 400_000  # some seconds
_LONGEST = 60  # pulls; even three arms have too many states beyond
_SUCCESS, _FAILURE = 1024, 1  # an arm's counts as one number, so that a multiset is a tuple of numbers

State = tuple[int, ...]


def optimal_return(distribution: IndependentArms) -> float | None:
    """The highest expected return of any policy, or None if there are more than `MOST_STATES` states."""
    if distribution.horizon > _LONGEST or count_states(distribution.arms, distribution.horizon) > MOST_STATES:
        return None
    return _Recursion(distribution).value((), distribution.horizon)


def count_states(arms: int, horizon: int) -> int:
    """How many multisets of at most `arms` pairs (s, f), not (0, 0), sum to less than `horizon`."""
    arms = min(arms, horizon)  # no more can be pulled
    ways = [[0] * horizon for _ in range(arms + 1)]  # by arms used, and pulls
    ways[0][0] = 1
    for pulls in range(1, horizon):
        for _ in range(pulls + 1):  # the pairs of so many pulls
            for used in range(1, arms + 1):
                for total in range(pulls, horizon):
                    ways[used][total] += ways[used - 1][total - pulls]
    return sum(map(sum, ways))


class _Recursion:
    """Bellman's equation over multisets, each state's value computed once."""

    def __init__(self, distribution: IndependentArms):
        self.distribution = distribution
        self.known: dict[State, float] = {}

    def value(self, state: State, left: int) -> float:
        if left == 0:
            return 0.0
        if state not in self.known:
            options = set(state)
            if len(state) < self.distribution.arms:
                options.add(0)
            self.known[state] = max(self._action_value(state, arm, left) for arm in options)
        return self.known[state]

    def _action_value(self, state: State, arm: int, left: int) -> float:
        """The value of pulling an arm with the counts `arm`; 0 is an arm never pulled."""
        a, b = self.distribution.a, self.distribution.b
        successes, failures = divmod(arm, _SUCCESS)
        q = (a + successes) / (a + b + successes + failures)
        rest = list(state)
        if arm:
            rest.remove(arm)
        win = self.value(tuple(sorted([*rest, arm + _SUCCESS])), left - 1)
        loss = self.value(tuple(sorted([*rest, arm + _FAILURE])), left - 1)
        return q * (1.0 + win) + (1.0 - q) * loss
