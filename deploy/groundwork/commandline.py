"""The command line, the same for both engines."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from groundwork.ports import PortsTaken
from groundwork.waiting import Refused

Commands = Mapping[str, Callable[..., int]]
Words = dict[str, argparse.ArgumentParser]


def command_line(
    description: str | None, commands: Commands
) -> tuple[argparse.ArgumentParser, Words]:
    """A parser with a subcommand for each, its help the function's; an engine may add its own."""
    whole = argparse.ArgumentParser(prog="run.py", description=description)
    group = whole.add_subparsers(dest="command", required=True)
    made = {name: group.add_parser(name, help=run.__doc__) for name, run in commands.items()}
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
    return whole, made


def changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that `--set` wrote down."""
    return dict(each.split("=", 1) for each in arguments.set)


def run_told(run: Callable[[], int]) -> int:
    """Run one command; what the person must know is printed without a traceback."""
    os.umask(0o022)
    # `make status | head` is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        return run()
    except (Refused, PortsTaken) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130
