"""One evaluation as one object: what `prefrontal evaluate` and `prefrontal reference` print."""

from typing import Any

from prefrontal.analysis.regret import final_regret
from prefrontal.analysis.statistics.intervals import standard_error
from prefrontal.disk.records import Records
from prefrontal.report.numbers import number


def summary(records: Records) -> dict[str, Any]:
    """Means over the lifetimes. `regret` is cumulative and expected, None where the task does not know it.

    `standard_error` is of the regret, or where there is none of the return; None of a single lifetime.
    """
    regret = final_regret(records) if records.knows_regret else None
    measured = records.total_return if regret is None else regret
    return {
        "policy": records.policy,
        "distribution": records.distribution,
        "split": records.split,
        "seed": records.seed,
        "horizon": records.horizon,
        "lifetimes": records.lifetimes,
        "return": float(records.total_return.mean()),
        "regret": None if regret is None else float(regret.mean()),
        "standard_error": standard_error(measured) if records.lifetimes > 1 else None,
        "exact": False,
    }


def exact_summary(
    policy: str, distribution: str, horizon: int, total_return: float, regret: float | None
) -> dict[str, Any]:
    """Expectations over all lifetimes: none was lived to know them."""
    return {
        "policy": policy,
        "distribution": distribution,
        "horizon": horizon,
        "lifetimes": 0,
        "return": total_return,
        "regret": regret,
        "standard_error": 0.0,
        "exact": True,
    }


def sentence(summed: dict[str, Any]) -> str:
    """The same for a person."""
    error = summed["standard_error"]
    how = f"standard error {number(error)} over" if error else "over"
    lived = f"{summed['lifetimes']:,} lifetime{'' if summed['lifetimes'] == 1 else 's'}"
    basis = "exact" if summed["exact"] else f"{how} {lived} of the split {summed['split']}"
    regret = "" if summed["regret"] is None else f"regret {number(summed['regret'])}, "
    return (
        f"{summed['policy']} on {summed['distribution']}, {summed['horizon']} steps: "
        f"{regret}return {number(summed['return'])} ({basis})"
    )
