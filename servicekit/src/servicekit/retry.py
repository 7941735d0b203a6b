"""`python -m servicekit.retry <handler>`: its waiting rows are due now."""

import asyncio
import importlib
import sys

from servicekit.database import new_engine, new_sessions
from servicekit.messaging.deferred import retry
from servicekit.settings import ServiceSettings


async def retry_handler(settings: ServiceSettings, handler: str) -> int:
    """Set the rows of `handler`, a queue name, due. Returns how many."""
    engine = new_engine(settings)
    try:
        async with new_sessions(engine).begin() as session:
            return await retry(session, handler=handler)
    finally:
        await engine.dispose()


def main(arguments: list[str]) -> None:
    """Find the service by the queue's name, and say how many rows are due."""
    if len(arguments) != 1 or arguments[0].count(".") != 2:
        raise SystemExit("usage: python -m servicekit.retry <service>.<domain>.<handler>")
    package = arguments[0].partition(".")[0].replace("-", "_")
    settings: ServiceSettings = importlib.import_module(f"{package}.settings").Settings()
    count = asyncio.run(retry_handler(settings, arguments[0]))
    sys.stdout.write(f"{count} waiting messages of {arguments[0]} are due now\n")


if __name__ == "__main__":
    main(sys.argv[1:])
