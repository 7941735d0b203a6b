"""Private PostgreSQL, RabbitMQ and Redis for tests: `servers.py up --stack .stack/test --json`."""

import argparse
import json
import sys
from pathlib import Path

from engine.platform import locked, start_servers, stop_servers
from engine.stack import Stack, open_stack
from engine.supervisor import Supervisor
from engine.waiting import Quiet
from groundwork import envfiles
from groundwork.waiting import Progress, Refused


def main() -> int:
    """Start them (or find them running), or end them. The addresses also stand in servers.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("up", "down"))
    parser.add_argument("--stack", type=Path, default=Path(".stack/test"))
    parser.add_argument("--json", action="store_true", help="print the addresses and nothing else")
    parser.add_argument("--only", nargs="+", default=[], help="such as postgres")
    parser.add_argument("--in-memory", action="store_true", help="keep databases in memory")
    arguments = parser.parse_args()
    stack = open_stack(arguments.stack)
    progress = Quiet() if arguments.json else Progress()
    try:
        with locked(stack):
            if arguments.command == "down":
                stop_servers(stack, progress)
                return 0
            supervisor = start_servers(
                stack,
                progress,
                only=frozenset(arguments.only),
                empty=True,
                in_memory=arguments.in_memory,
            )
            text = json.dumps(addresses(stack, supervisor), indent=1)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    envfiles.write_private(stack.home / "servers.json", text + "\n")
    if arguments.json:
        print(text)
    return 0


def addresses(stack: Stack, supervisor: Supervisor) -> dict[str, object]:
    """Where tests reach the servers, with all rights, and their process ids."""
    settings = stack.settings
    return {
        "postgres": envfiles.superuser_url(settings),
        "broker": envfiles.broker_url(settings),
        "broker_admin": envfiles.broker_url(settings),
        "management": envfiles.management_url(settings),
        "redis": envfiles.redis_url(settings),
        "pids": {state.name: state.pid for state in supervisor.states() if state.pid},
    }


if __name__ == "__main__":
    sys.exit(main())
