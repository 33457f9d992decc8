"""From slices of work to rates, ratios and the table that is published."""

from collections.abc import Mapping, Sequence

import numpy as np
from contenders import Contender, Ratio

Slices = dict[str, list[dict[str, float]]]  # by contender, one entry a round
ENOUGH_MEBIBYTES = 1.0  # by less than this memory has not grown: allocators round
RATES = {"processor_seconds": "steps_per_processor_second", "wall_seconds": "steps_per_second"}
TIMES = {"processor_seconds": "processor's time", "wall_seconds": "the clock"}


def summary(chosen: Sequence[Contender], ratios: Sequence[Ratio], slices: Slices) -> dict:
    """Rates of every contender and the ratios between them, each with its spread over the rounds."""
    return {
        "others": _share_of_others(slices),
        "contenders": [_rates(contender, slices[contender.name]) for contender in chosen],
        "ratios": [
            _ratio(ratio, slices) for ratio in ratios if {ratio.faster, ratio.slower} <= slices.keys()
        ],
    }


def _rates(contender: Contender, rounds: Sequence[Mapping[str, float]]) -> dict:
    return {
        "name": contender.name,
        "what": contender.what,
        "cores": contender.cores,
        "steps_per_processor_second": _spread(_speeds(rounds, "processor_seconds")),
        "steps_per_second": _spread(_speeds(rounds, "wall_seconds")),
    }


def _ratio(ratio: Ratio, slices: Slices) -> dict:
    """Taken within each round, where both met the same machine."""
    times = _speeds(slices[ratio.faster], ratio.by) / _speeds(slices[ratio.slower], ratio.by)
    spread = _spread(times)
    met = None if ratio.promised is None else bool(spread["median"] >= ratio.promised)
    return {
        "faster": ratio.faster,
        "slower": ratio.slower,
        "by": ratio.by,
        **spread,
        "promised": ratio.promised,
        "met": met,
    }


def _speeds(rounds: Sequence[Mapping[str, float]], by: str) -> np.ndarray:
    return np.array([cost["steps"] / cost[by] for cost in rounds])


def _spread(values: np.ndarray) -> dict[str, float]:
    """The middle one, and between what four in five of the rounds lie."""
    low, median, high = np.quantile(values, (0.1, 0.5, 0.9))
    return {"median": float(median), "low": float(low), "high": float(high)}


def _share_of_others(slices: Slices) -> float:
    """How many cores other processes used meanwhile, on average."""
    rounds = [cost for costs in slices.values() for cost in costs]
    return sum(cost["others_seconds"] for cost in rounds) / sum(cost["wall_seconds"] for cost in rounds)


def table(title: str, results: Mapping, times: Sequence[str] = tuple(TIMES)) -> str:
    """The results as a page of Markdown, with the rates by these times."""
    machine, versions = results["machine"], results["versions"]
    lines = [
        f"# {title}",
        "",
        f"Written by `{results['command']}` on {machine['date']}: {machine['processor']},",
        f"{machine['cores']} cores, {machine['system']}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        f"{results['rounds']} rounds, every contender in each; medians, and where four in five rounds lie.",
        f"Other processes used {results['others']:.2f} cores meanwhile.",
        "",
        "| who | what |" + "".join(f" per second of {TIMES[by]} |" for by in times),
        "|---|---|" + "---|" * len(times),
        *(_contender_row(row, times) for row in results["contenders"]),
        "",
        "| ratio | by | measured | promised |",
        "|---|---|---|---|",
        *(_ratio_row(row) for row in results["ratios"]),
        "",
    ]
    if "peak_mebibytes" in results:
        lines += [_memory_line(results["peak_mebibytes"]), ""]
    return "\n".join(lines)


def _contender_row(row: Mapping, times: Sequence[str]) -> str:
    rates = (_thousands(row[RATES[by]]) for by in times)
    return f"| {row['name']} | {row['what']} | {' | '.join(rates)} |"


def _thousands(spread: Mapping[str, float]) -> str:
    digits = 0 if spread["median"] >= 1e5 else 1
    median, low, high = (f"{spread[part] / 1000:,.{digits}f}" for part in ("median", "low", "high"))
    return f"{median}k ({low} to {high})"


def _ratio_row(row: Mapping) -> str:
    measured = f"**{row['median']:.2f}** ({row['low']:.2f} to {row['high']:.2f})"
    promised = "" if row["promised"] is None else f"{row['promised']:g}: {'met' if row['met'] else 'not met'}"
    return f"| {row['faster']} / {row['slower']} | {TIMES[row['by']]} | {measured} | {promised} |"


def _memory_line(peaks: Mapping[str, float]) -> str:
    """Whether the peak memory is higher at the last mark than at the first; all marks are printed."""
    before, *_, after = peaks.values()
    verdict = "does not grow" if after - before < ENOUGH_MEBIBYTES else "GROWS"
    said = ", ".join(f"{peak:.1f} MiB by update {int(update):,}" for update, peak in peaks.items())
    return f"Memory {verdict} with the number of updates. The most a training had had: {said}."
