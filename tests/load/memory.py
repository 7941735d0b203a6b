"""Row 13: what the whole platform holds in memory while nobody asks for anything."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.load.harness import descendants, row
from tests.load.platform import Platform

PSS_GOAL_MIB = 2.5 * 1024
RSS_GOAL_MIB = 150
SERVERS = frozenset({"epmd", "postgres", "redis", "rabbitmq", "nginx"})


async def measure(platform: Platform) -> bool:
    """Print row 13. Returns whether both goals were reached."""
    total = sum(_mib(pid, "smaps_rollup", "Pss") for pid in descendants(platform.supervisor_pid))
    services = {name: pid for name, pid in platform.pids.items() if name not in SERVERS}
    resident = {name: _mib(pid, "status", "VmRSS") for name, pid in services.items()}
    largest = max(resident, key=lambda name: resident[name])
    small, slim = total <= PSS_GOAL_MIB, resident[largest] <= RSS_GOAL_MIB
    row(13, "memory at rest, sum of PSS", f"{total:.0f} MiB", "≤ 2560 MiB", reached=small)
    figure = f"{resident[largest]:.0f} MiB ({largest})"
    row(13, "the largest service process, RSS", figure, f"≤ {RSS_GOAL_MIB} MiB", reached=slim)
    print(f"       RSS by process, MiB: {', '.join(_sorted(resident))}")
    return small and slim


def _sorted(resident: dict[str, float]) -> Iterator[str]:
    for name, mib in sorted(resident.items(), key=lambda one: -one[1]):
        yield f"{name} {mib:.0f}"


def _mib(pid: int, file: str, field: str) -> float:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
