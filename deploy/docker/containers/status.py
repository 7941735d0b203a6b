"""How the platform is: its containers; queues and outboxes are asked from inside."""

import sys
import time
from collections.abc import Iterator

from groundwork.waiting import span

from containers.compose import Compose, Container

_MANY_RESTARTS = 3


def show_status(compose: Compose) -> int:
    """Print it; 0 only if every container is well and nothing is stuck."""
    containers = compose.containers()
    if not any(one.status == "running" for one in containers):
        print("nothing runs here; make up starts it")
        return 1
    worries = list(_show_containers(containers))
    sys.stdout.flush()
    return compose.run(*compose.tool("python", "deploy/docker/look.py", "status", *worries))


def _show_containers(containers: list[Container]) -> Iterator[str]:
    print(f"{'container':<26}{'state':<12}{'health':<12}{'uptime':>12}{'restarts':>10}")
    for one in containers:
        running = one.status == "running"
        uptime = span(time.time() - one.started.timestamp()) if running else "-"
        health = one.health or "-"
        print(
            f"{one.name:<26}{one.status:<12}{health:<12}{uptime:>12}{one.restarts:>10}", flush=True
        )
        if not one.well:
            yield f"{one.name} is {one.status} ({health}): make logs service={one.service}"
        elif one.restarts >= _MANY_RESTARTS:
            yield f"{one.name} was restarted {one.restarts} times: make logs service={one.service}"
