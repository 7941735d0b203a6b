"""The platform in containers: up, down, restart, status, logs, reset, backup, restore, …"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from containers import platform
from containers.backup import back_up, restore
from containers.compose import demand_engine
from containers.settings import opened
from containers.status import show_status
from groundwork.ports import PortsTaken
from groundwork.waiting import Progress, Refused

Command = Callable[[argparse.Namespace], int]


def up(arguments: argparse.Namespace) -> int:
    """Start everything, or bring what runs up to date."""
    changes = dict(each.split("=", 1) for each in arguments.set)
    platform.start(Progress(), scale=arguments.scale, changes=changes)
    print(platform.addresses())
    return 0


def down(_: argparse.Namespace) -> int:
    """End everything; no container stays."""
    platform.stop(opened(), Progress())
    return 0


def restart(arguments: argparse.Namespace) -> int:
    """Down, then up."""
    down(arguments)
    return up(arguments)


def status(_: argparse.Namespace) -> int:
    """Each container, outbox age, queues, dead letters; 0 only if all is well."""
    return show_status(opened())


def logs(arguments: argparse.Namespace) -> int:
    """Follow the logs, all of them or one service's."""
    compose = opened()
    known = sorted({one.service for one in compose.containers()})
    asked = (arguments.service or "").removesuffix("-service")
    wanted = [name for name in known if name.startswith(asked)]
    if not wanted:
        raise Refused(f"there is no log of {asked or 'anything'}; there are: {', '.join(known)}")
    return compose.run("logs", "--follow", "--tail", "20", *wanted)


def reset(arguments: argparse.Namespace) -> int:
    """Empty the data; settings stay. Asks first, unless --yes or nobody is there to ask."""
    question = "All data in the platform's volumes will be gone. Type yes: "
    if not arguments.yes and sys.stdin.isatty() and input(question).strip().lower() != "yes":
        return 1
    progress = Progress()
    if platform.reset(opened(), progress):
        platform.start(progress, scale=None, changes={})
    return 0


def backup(_: argparse.Namespace) -> int:
    """Everything that cannot be made again, in one file."""
    print(back_up(opened(), Progress()))
    return 0


def restore_file(arguments: argparse.Namespace) -> int:
    """Fill empty volumes from such a file, and start the platform."""
    restore(arguments.file, Progress())
    return up(arguments)


def dev(arguments: argparse.Namespace) -> int:
    """One service in the foreground, reloading as its code changes."""
    return platform.run_in_foreground(opened(), arguments.service)


def module(arguments: argparse.Namespace) -> int:
    """Run `python -m …` in a container with the settings of the platform."""
    compose = opened()
    words = ("python", "deploy/docker/forward.py", "python", "-m", *arguments.words)
    return compose.run(*compose.tool(*words))


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
    commands = whole.add_subparsers(dest="command", required=True)
    made = {name: commands.add_parser(name, help=run.__doc__) for name, run in COMMANDS.items()}
    for name in ("up", "restart", "restore"):
        made[name].add_argument("--scale", type=int, choices=(1, 2), help="how many of each")
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
        demand_engine()
        return COMMANDS[arguments.command](arguments)
    except (Refused, PortsTaken) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
