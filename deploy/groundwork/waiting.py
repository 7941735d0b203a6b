"""Waiting for a fact while the person at the keyboard is told how it goes."""

import time
from collections.abc import Callable

POLL_SECS = 0.15


class Refused(Exception):
    """What the person at the keyboard must be told; printed without a traceback."""


class Progress:
    """Lines with the seconds since the beginning, flushed at once."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)


def wait_for(fact: Callable[[], bool], *, within: float, what: str) -> None:
    """Wait until a fact is true. Raises Refused naming it when the time is over."""
    deadline = time.monotonic() + within
    while not fact():
        if time.monotonic() > deadline:
            raise Refused(f"{what} after {within:.0f} s")
        time.sleep(POLL_SECS)


def hold_for(fact: Callable[[], bool], *, secs: float, within: float, what: str) -> None:
    """Wait until a fact has been true for so long without a break. Raises Refused as above."""
    since = [time.monotonic()]

    def held() -> bool:
        if not fact():
            since[0] = time.monotonic()
        return time.monotonic() - since[0] > secs

    wait_for(held, within=within, what=what)


def span(seconds: float) -> str:
    """A time as hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
