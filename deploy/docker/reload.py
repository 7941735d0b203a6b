"""Run a command, and run it anew whenever code under /app changes: `reload.py COMMAND…`."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType


def state() -> dict[str, int]:
    """When each module of ours was changed."""
    return {str(path): path.stat().st_mtime_ns for path in Path("/app").glob("*/src/**/*.py")}


def main(command: list[str]) -> int:
    """Until somebody ends it."""

    def end(_: int, __: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        seen = state()
        with subprocess.Popen(command) as process:
            try:
                while state() == seen:
                    time.sleep(1)
                print("the code has changed", flush=True)
            finally:
                process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
