"""`python -m notification_service.verify_audit`: compute the chain of the audit trail anew.

`--known NUMBER:HASH` also compares an entry with what was noted before, such as by the log.
"""

import argparse
import asyncio
import re
import sys

from notification_service.audit.chain import Link
from notification_service.audit.schemas import Verdict
from notification_service.audit.service import verify
from notification_service.settings import Settings
from servicekit.database import new_engine, new_sessions


def _noted(word: str) -> Link:
    if not re.fullmatch(r"[1-9][0-9]{0,17}:[0-9a-f]{64}", word):
        raise argparse.ArgumentTypeError("an entry is noted as NUMBER:HASH")
    number, _, noted = word.partition(":")
    return Link(int(number), noted)


async def _run(known: Link | None) -> Verdict:
    settings = Settings()
    engine = new_engine(settings)
    try:
        return await verify(new_sessions(engine), known=known, at_once=None)
    finally:
        await engine.dispose()


def main(arguments: list[str] | None = None) -> int:
    """0 when the whole chain holds, 1 when it is broken somewhere."""
    parser = argparse.ArgumentParser(prog="python -m notification_service.verify_audit")
    parser.add_argument("--known", type=_noted, metavar="NUMBER:HASH")
    verdict = asyncio.run(_run(parser.parse_args(arguments).known))
    sys.stdout.write(f"{verdict.entries} entries hold, the last is {verdict.head_number}:")
    sys.stdout.write(f"{verdict.head}\n" if verdict.head else "none\n")
    if not verdict.valid:
        sys.stderr.write(f"broken at {verdict.first_broken}: {verdict.cause}\n")
    return 0 if verdict.valid else 1


if __name__ == "__main__":
    sys.exit(main())
