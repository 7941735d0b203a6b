"""Fair comparison on a noisy machine: variants in turn, order reversed, paired ratios."""

import statistics
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = 100
ROUNDS = 8

Run = Callable[[], Awaitable[float]]
"""One run of a variant: it prepares, works, and returns the seconds that the work alone took."""


@dataclass(frozen=True)
class Compared:
    """Medians of a row: seconds by variant, each one's ratio to the first, CPU seconds by group."""

    seconds: dict[str, float]
    ratios: dict[str, float]
    cpu: dict[str, dict[str, float]]


async def interleave(
    variants: Mapping[str, Run], groups: Mapping[str, int], rounds: int = ROUNDS
) -> Compared:
    """Run every variant in each round, in reverse order every other round.

    The first variant is the floor: a ratio is its speed over the floor's within the same round, so
    that foreign load, which changes slowly, cancels out. `groups` are process ids by name.
    """
    names = list(variants)
    took: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            before = {group: cpu_seconds(pid) for group, pid in groups.items()}
            seconds = await variants[name]()
            if number:  # round 0 warms up
                took[name].append(seconds)
                used = {group: cpu_seconds(pid) - before[group] for group, pid in groups.items()}
                cpu[name].append(used)
    floor = took[names[0]]
    return Compared(
        seconds={name: statistics.median(took[name]) for name in names},
        ratios={
            name: statistics.median(base / own for base, own in zip(floor, took[name], strict=True))
            for name in names
        },
        cpu={
            name: {group: statistics.median(one[group] for one in cpu[name]) for group in groups}
            for name in names
        },
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of every descendant that lives."""
    stats = _stats()
    return sum(stats[one][1] for one in _family(pid, stats))


def descendants(pid: int) -> list[int]:
    """A process and every descendant that lives."""
    return _family(pid, _stats())


def _stats() -> dict[int, tuple[int, float]]:
    """The parent and the CPU seconds of each process."""
    found: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        used = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
        found[int(stat.parent.name)] = int(fields[1]), used
    return found


def _family(pid: int, stats: Mapping[int, tuple[int, float]]) -> list[int]:
    children: dict[int, list[int]] = {}
    for own, (parent, _) in stats.items():
        children.setdefault(parent, []).append(own)
    wanted, family = [pid] if pid in stats else [], []
    while wanted:
        family.append(wanted.pop())
        wanted += children.get(family[-1], [])
    return family


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


def row(number: int, what: str, figure: str, goal: str, *, reached: bool) -> None:
    """Print one line of the table."""
    print(f"{number:>3}  {what:<52} {figure:>24}  goal {goal:<12} {'ok' if reached else 'MISSED'}")
