"""`python -m auth_service.rotate_keys`: a new signing key, in use after ten minutes."""

import asyncio
import sys

from auth_service.keys.service import rotate_keys
from auth_service.settings import Settings
from servicekit.database import new_engine, new_sessions


async def _run() -> str:
    settings = Settings()
    engine = new_engine(settings)
    try:
        async with new_sessions(engine).begin() as session:
            key = await rotate_keys(session, settings.sealing_keys)
            return f"{key.kid} signs from {key.signs_from.isoformat()}"
    finally:
        await engine.dispose()


def main() -> int:
    """0 when the key is published."""
    sys.stdout.write(asyncio.run(_run()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
