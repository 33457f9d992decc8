"""Live progress of a training, on standard error: in place on a terminal, line by line elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from prefrontal.training import Progress

LINE_SECONDS = 10.0  # between lines where there is no terminal


class ProgressReporter:
    """A callback for `train`: updates, lifetimes, return, regret, steps per second, time left.

    It is a context manager, so the terminal is left tidy whatever happens. One reporter can serve many runs.
    """

    def __init__(self, console: Console | None = None):
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._last_line = -LINE_SECONDS

    def __enter__(self) -> "ProgressReporter":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def __call__(self, progress: Progress) -> None:
        finished = progress.update >= progress.updates
        if self._console.is_terminal:
            self._redraw(describe(progress))
            if finished:
                self._stop()
        elif finished or time.monotonic() - self._last_line >= LINE_SECONDS:
            self._last_line = time.monotonic()
            self._console.print(describe(progress), soft_wrap=True, highlight=False)

    def _redraw(self, line: str) -> None:
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        self._live.update(Text(line), refresh=True)

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def describe(progress: Progress) -> str:
    """One line: updates done, return or regret, speed, time left."""
    parts = [
        f"{progress.update / progress.updates:4.0%}",
        f"update {progress.update:,} of {progress.updates:,}",
        f"{progress.lifetimes:,} lifetimes",
        *(
            f"{name} {progress.metrics[name]:.2f}"
            for name in ("return", "regret")
            if name in progress.metrics
        ),
        f"{progress.steps_per_second:,.0f} steps/s",
        f"{_duration(progress.seconds_left)} left",
    ]
    return "  ".join(parts)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
