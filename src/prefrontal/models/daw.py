"""Learning in the two-step task (Daw et al. 2011, without their choice at the second step).

The value of S₂ and of S₃ is a number each. With a trial's choice a, state s and reward r, in this order:

    Q[a] ← Q[a] + α (V[s] - Q[a]) + α λ (r - V[s]),        V[s] ← V[s] + α (r - V[s]).

Q is model-free, SARSA(λ): with λ = 1 an action is worth what it brought, whatever the transition. V and the
transitions make the model-based values, M[a] = Σₛ P(s | a) V[s].
"""

from prefrontal.models import rescorla_wagner
from prefrontal.models.rescorla_wagner import Arrays


def learn(
    actions: Arrays,
    states: Arrays,
    chosen: Arrays,
    visited: Arrays,
    reward: Arrays,
    alpha: Arrays,
    trace_decay: Arrays,
) -> tuple[Arrays, Arrays]:
    """Q and V after a trial. The last axis is of the two actions, or of the two states.

    **Arguments:** `actions` and `states`, Q and V; `chosen` and `visited`, 1 for the action and for the state
    of the trial, 0 for the others; `reward`, `alpha`, `trace_decay`, each broadcasts against Q.
    """
    value = (visited * states).sum(-1, keepdims=True)
    step = value - actions + trace_decay * (reward - value)
    return actions + chosen * (alpha * step), rescorla_wagner.learn(states, visited, reward, alpha)


def planned(ahead: Arrays, common: Arrays) -> Arrays:
    """M[1] - M[0], from V[S₃] - V[S₂] and how often a transition is common."""
    return (2.0 * common - 1.0) * ahead
