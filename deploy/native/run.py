"""The platform without containers: up, down, restart, status, logs, reset, backup, restore, …"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from engine import platform, upkeep
from engine.backup import back_up, restore
from engine.platform import Wish, locked
from engine.stack import Stack, open_stack
from engine.status import show_status
from groundwork.ports import PortsTaken
from groundwork.waiting import Progress, Refused

Command = Callable[[Stack, argparse.Namespace], int]


def up(stack: Stack, arguments: argparse.Namespace) -> int:
    """Start everything, or bring what runs up to date."""
    changes = dict(each.split("=", 1) for each in arguments.set)
    wish = Wish(scale=arguments.scale, only=frozenset(arguments.only), changes=changes)
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


def parser() -> argparse.ArgumentParser:
    """The command line, one subcommand each."""
    whole = argparse.ArgumentParser(prog="run.py", description=__doc__)
    whole.add_argument(
        "--stack", type=Path, default=Path(".stack"), help="the folder that holds it"
    )
    commands = whole.add_subparsers(dest="command", required=True)
    made = {name: commands.add_parser(name, help=run.__doc__) for name, run in COMMANDS.items()}
    for name in ("up", "restart", "restore"):
        made[name].add_argument("--scale", type=int, choices=(1, 2), help="how many of each")
        made[name].add_argument("--only", nargs="+", default=[], help="these folders alone")
        made[name].add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a setting to write down",
        )
    made["logs"].add_argument("service", nargs="?")
    made["reset"].add_argument("--yes", action="store_true")
    made["restore"].add_argument("file", type=Path)
    made["dev"].add_argument("service")
    made["module"].add_argument("words", nargs=argparse.REMAINDER)
    return whole


def main() -> int:
    """Run one command; what the person must know is printed without a traceback."""
    os.umask(0o022)
    # `make status | head` is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    arguments = parser().parse_args()
    try:
        return COMMANDS[arguments.command](open_stack(arguments.stack), arguments)
    except (Refused, PortsTaken) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
