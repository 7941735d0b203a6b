"""The platform without containers: up, down, restart, status, logs, reset, backup, restore, …"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from engine import platform, upkeep
from engine.backup import back_up, restore
from engine.platform import Wish, locked
from engine.stack import Stack, open_stack
from engine.status import show_status
from groundwork.commandline import changes, command_line, run_told
from groundwork.waiting import Progress

Command = Callable[[Stack, argparse.Namespace], int]


def up(stack: Stack, arguments: argparse.Namespace) -> int:
    """Start everything, or bring what runs up to date."""
    wish = Wish(scale=arguments.scale, only=frozenset(arguments.only), changes=changes(arguments))
    with locked(stack):
        platform.start_platform(stack, wish, Progress())
    print(platform.addresses(stack))
    return 0


def down(stack: Stack, _: argparse.Namespace) -> int:
    """End everything; no process stays."""
    with locked(stack):
        platform.stop(stack, Progress())
    return 0


def restart(stack: Stack, arguments: argparse.Namespace) -> int:
    """Down, then up."""
    down(stack, arguments)
    return up(stack, arguments)


def status(stack: Stack, _: argparse.Namespace) -> int:
    """Each process, outbox age, queues, dead letters; 0 only if all is well."""
    return show_status(stack)


def logs(stack: Stack, arguments: argparse.Namespace) -> int:
    """Follow the logs, all of them or one program's."""
    return upkeep.follow_logs(stack, arguments.service)


def reset(stack: Stack, arguments: argparse.Namespace) -> int:
    """Empty the data; settings stay. Asks first, unless --yes or nobody is there to ask."""
    if not arguments.yes and sys.stdin.isatty() and not _agreed(stack):
        return 1
    with locked(stack):
        upkeep.reset(stack, Progress())
    return 0


def _agreed(stack: Stack) -> bool:
    return input(f"All data under {stack.home} will be gone. Type yes: ").strip().lower() == "yes"


def backup(stack: Stack, _: argparse.Namespace) -> int:
    """Everything that cannot be made again, in one file."""
    with locked(stack):
        print(back_up(stack, Progress()))
    return 0


def restore_file(stack: Stack, arguments: argparse.Namespace) -> int:
    """Fill an empty stack from such a file, and start it."""
    with locked(stack):
        restore(stack, arguments.file, Progress())
    return up(stack, arguments)


def dev(stack: Stack, arguments: argparse.Namespace) -> int:
    """One service in the foreground, reloading as its code changes."""
    return upkeep.run_in_foreground(stack, arguments.service)


def module(stack: Stack, arguments: argparse.Namespace) -> int:
    """Run `python -m …` with the settings of the running platform."""
    return upkeep.run_module(stack, arguments.words)


COMMANDS: dict[str, Command] = {
    "up": up,
    "down": down,
    "restart": restart,
    "status": status,
    "logs": logs,
    "reset": reset,
    "backup": backup,
    "restore": restore_file,
    "dev": dev,
    "module": module,
}


def main() -> int:
    """Run one command of the command line."""
    line, words = command_line(__doc__, COMMANDS)
    line.add_argument("--stack", type=Path, default=Path(".stack"), help="the folder that holds it")
    for name in ("up", "restart", "restore"):
        words[name].add_argument("--only", nargs="+", default=[], help="these folders alone")
    arguments = line.parse_args()
    return run_told(lambda: COMMANDS[arguments.command](open_stack(arguments.stack), arguments))


if __name__ == "__main__":
    sys.exit(main())
