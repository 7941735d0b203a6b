"""Run a command as if outside the containers: `forward.py COMMAND…`.

The addresses that the platform prints (localhost:8000 and the sandboxes' ports) lead to the
gateway and the sandbox for as long as the command runs, whichever containers these are by then.
"""

import asyncio
import os
import sys
from contextlib import suppress

SETTINGS = dict(os.environ)  # noqa: TID251 (the container's only source of settings)
# The setting of each port, its default, and who listens there inside.
PLACES = (
    ("DOCFLIQ_GATEWAY_PORT", 8000, ("gateway", 8000)),
    ("SANDBOX_RAZORPAY_PORT", 8010, ("sandbox", 8010)),
    ("SANDBOX_FCM_PORT", 8011, ("sandbox", 8011)),
    ("SANDBOX_MAIL_PORT", 8012, ("sandbox", 8012)),
    ("SANDBOX_OIDC_PORT", 8013, ("sandbox", 8013)),
)


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Everything, then the end."""
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with suppress(OSError, RuntimeError):
        target.close()


async def forward(port: int, place: tuple[str, int]) -> None:
    """Listen on loopback and pass each connection on; one that nobody takes is closed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(*place)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    await asyncio.start_server(serve, "127.0.0.1", port)


async def main(command: list[str]) -> int:
    """The command's exit code."""
    for setting, default, place in PLACES:
        await forward(int(SETTINGS.get(setting) or default), place)
    child = await asyncio.create_subprocess_exec(*command)
    return await child.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
