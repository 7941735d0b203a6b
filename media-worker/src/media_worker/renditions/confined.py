"""Untrusted bytes are processed by child processes under hard limits, never in the worker."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from media_worker.renditions.result import Unusable

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one child: wall-clock and CPU seconds, address space and file size in bytes."""

    wall_secs: float
    cpu_secs: int
    memory_bytes: int = 4 * GIB
    file_bytes: int = 8 * GIB


@contextlib.asynccontextmanager
async def workspace() -> AsyncIterator[Path]:
    """A folder that goes with its content."""
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        yield Path(folder)


async def run_confined(
    command: Sequence[str], bounds: Bounds, *, folder: Path, refusal: str
) -> tuple[str, str]:
    """Run a program in `folder`; its standard output and the end of its standard error.

    Raises Unusable with `refusal` when it fails, and with the limit's name when it takes too long.
    The whole process group is killed on the way out, also when the caller is cancelled.
    """
    limits = [
        "prlimit",
        f"--cpu={bounds.cpu_secs}",
        f"--as={bounds.memory_bytes}",
        f"--fsize={bounds.file_bytes}",
        "--core=0",
        "--",
    ]
    child = await asyncio.create_subprocess_exec(
        *limits,
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)},
    )
    try:
        async with asyncio.timeout(bounds.wall_secs):
            output, errors = await child.communicate()
    except TimeoutError:
        raise Unusable("The file takes too long to process.") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
    if child.returncode != 0:
        raise Unusable(refusal)
    return output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")[-4000:]
