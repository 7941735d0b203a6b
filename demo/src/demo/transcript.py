"""The transcript: what happened, step by step, with times."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_WIDTH = 34


@dataclass
class Step:
    """One line of the transcript; a step that succeeded has a fact to tell."""

    name: str
    fact: str = ""
    secs: float = 0.0


@dataclass
class Transcript:
    """Prints each step as it ends and remembers it."""

    quiet: bool = False
    steps: list[Step] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def part(self, title: str) -> None:
        """A new part of the story."""
        self._print(f"\n{title}")

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A step that holds if nothing is raised inside."""
        step, began = Step(name), time.monotonic()
        try:
            yield step
        except BaseException as failure:
            step.secs = time.monotonic() - began
            self._print(f"  ✗ {name:<{_WIDTH}} {step.secs:6.2f} s  {failure!r}"[:2000])
            raise
        step.secs = time.monotonic() - began
        self.steps.append(step)
        self._print(f"  ✓ {name:<{_WIDTH}} {step.secs:6.2f} s  {step.fact}")

    @property
    def secs(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def say(self, text: str) -> None:
        """A plain line."""
        self._print(text)

    def _print(self, text: str) -> None:
        if not self.quiet:
            print(text, flush=True, file=sys.stdout)
