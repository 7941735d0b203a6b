"""The platform in containers: up, down, restart, status, logs, reset, backup, restore, …"""

import argparse
import sys
from collections.abc import Callable

from containers import platform
from containers.backup import back_up, restore
from containers.compose import demand_engine
from containers.settings import opened
from containers.status import show_status
from groundwork.commandline import changes, command_line, run_told
from groundwork.waiting import Progress, Refused

Command = Callable[[argparse.Namespace], int]


def up(arguments: argparse.Namespace) -> int:
    """Start everything, or bring what runs up to date."""
    platform.start(Progress(), scale=arguments.scale, changes=changes(arguments))
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


def main() -> int:
    """Run one command of the command line."""
    line, _ = command_line(__doc__, COMMANDS)
    arguments = line.parse_args()

    def run() -> int:
        demand_engine()
        return COMMANDS[arguments.command](arguments)

    return run_told(run)


if __name__ == "__main__":
    sys.exit(main())
