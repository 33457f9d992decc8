"""The numbers behind the figures of `two-step`."""

from collections.abc import Iterator
from typing import Any

from prefrontal.analysis.choices.two_step import KINDS, PREDICTORS
from prefrontal.analysis.choices.two_step_models import MODELS, PARAMETERS
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.experiments.wang2016.two_step.choices import COMPARED, VERSIONS, Described, agents, reference


def tables(evidence: Evidence) -> dict[str, Table]:
    """Stay probabilities, the regression's sums, and what was fitted, of each seed and four references."""
    made = list(_policies(evidence))
    return {
        "evaluations": evaluations(evidence),
        "stay": table(
            "Stay probabilities, and the main effect of reward as a multiple of the interaction.",
            ("version", "policy", "seed", *KINDS, "reward over interaction", "standard error"),
            [(*who, *one.stay.probability, *one.stay.reward_ratio) for who, one in made],
        ),
        "regression": table(
            "Log-odds of repeating a choice, summed over five lags, and the reward's as a multiple of the "
            "interaction's.",
            ("version", "policy", "seed", *PREDICTORS, "reward over interaction", "standard error"),
            [(*who, *_sums(one), *one.weights.reward_ratio) for who, one in made],
        ),
        "parameters": table(
            "The hybrid model fitted in blocks of ten lifetimes: the median of each parameter over blocks, "
            "and of w = β_MB / (β_MB + β_MF).",
            ("version", "policy", "seed", *PARAMETERS, "w"),
            [(*who, *one.parameters, one.planning) for who, one in made],
        ),
        "bic": table(
            "BIC of each cognitive model, summed over blocks; the lowest is preferred.",
            ("version", "policy", "seed", *MODELS),
            [(*who, *one.bic.values()) for who, one in made],
        ),
    }


def _policies(evidence: Evidence) -> Iterator[tuple[tuple[Any, ...], Described]]:
    for version in VERSIONS:
        for seed, one in zip(evidence.seeds, agents(evidence, version), strict=True):
            yield (version.name, "LSTM", seed), one
        for name in COMPARED:
            yield (version.name, name, None), reference(evidence, name, version)


def _sums(one: Described) -> list[float]:
    return [one.weights.totals[name].value for name in PREDICTORS]
