"""`python -m notification_service.retry QUEUE`: waiting messages of a handler are due now.

The audit trail is told first: an act that left no entry would be worse than an entry too many.
"""

import argparse
import asyncio
import re
import sys

from contracts.notification import RetryRequested
from notification_service.settings import Settings
from servicekit import retry
from servicekit.database import new_engine, new_sessions
from servicekit.messaging import publish


def _queue(word: str) -> str:
    if not re.fullmatch(r"[a-z-]+\.[a-z_]+\.[a-z_]+", word):
        raise argparse.ArgumentTypeError("a queue is named <service>.<domain>.<handler>")
    return word


async def _tell(queue: str) -> None:
    settings = Settings()
    engine = new_engine(settings)
    try:
        async with new_sessions(engine).begin() as session:
            publish(session, RetryRequested(version=1, queue=queue))
    finally:
        await engine.dispose()


def main(arguments: list[str] | None = None) -> int:
    """0 when the rows are due."""
    parser = argparse.ArgumentParser(prog="python -m notification_service.retry")
    parser.add_argument("queue", type=_queue)
    queue: str = parser.parse_args(arguments).queue
    asyncio.run(_tell(queue))
    retry.main([queue])
    return 0


if __name__ == "__main__":
    sys.exit(main())
