"""Become nginx: `launch_nginx.py <stack> <command…>`, once a killed master's workers are gone.

A worker outlives a master that got SIGKILL, and holds the ports that the next one wants.
"""

import os
import sys
from pathlib import Path

from engine.processes import release_ports


def main() -> None:
    """Let old workers finish what they are at, without their ports; then turn into the command."""
    _, home, *command = sys.argv
    release_ports(Path(home))
    os.execv(command[0], command)  # noqa: S606 - supervisord's own command line


if __name__ == "__main__":
    main()
