"""Messages that a command is still at work, for times without other output."""

import contextlib
import sys
import threading
from collections.abc import Iterator

SECONDS = 5.0  # till the first line; each further one comes after twice the time


@contextlib.contextmanager
def at_work(command: str) -> Iterator[None]:
    """A context that says on standard error, after 5, 10, 20, ... seconds, that a command is at work."""
    done = threading.Event()

    def say() -> None:
        passed, wait = 0.0, SECONDS
        while not done.wait(wait):
            passed += wait
            print(f"`prefrontal {command}` is at work: {passed:.0f} seconds", file=sys.stderr, flush=True)
            wait = passed

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
