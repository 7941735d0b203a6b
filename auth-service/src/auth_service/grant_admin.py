"""`python -m auth_service.grant_admin EMAIL`: the first admin of an installation."""

import argparse
import asyncio
import sys

from auth_service.accounts.queries import find_user_by_email
from auth_service.admin.service import give_role
from auth_service.settings import Settings
from contracts.access import Role
from servicekit.database import Sessions, new_engine, new_sessions


async def grant_admin(sessions: Sessions, *, email: str) -> bool:
    """Make the account of an address an admin. False if there is none."""
    async with sessions.begin() as session:
        user = await find_user_by_email(session, email)
        if user is None:
            return False
        await give_role(session, user_id=user.id, role=Role.ADMIN, changed_by=None)
    return True


async def _run(email: str) -> bool:
    settings = Settings()
    engine = new_engine(settings)
    try:
        return await grant_admin(new_sessions(engine, settings=settings), email=email)
    finally:
        await engine.dispose()


def main(arguments: list[str] | None = None) -> int:
    """0 when the account is an admin now, 1 when there is no such account."""
    parser = argparse.ArgumentParser(prog="python -m auth_service.grant_admin", description=__doc__)
    parser.add_argument("email")
    email: str = parser.parse_args(arguments).email
    done = asyncio.run(_run(email))
    sys.stdout.write(f"{email} is an admin\n" if done else f"there is no account of {email}\n")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
