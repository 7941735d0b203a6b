"""What nobody needs any more is forgotten."""

from datetime import timedelta
from typing import Any

from auth_service.accounts.queries import delete_old_tokens
from auth_service.factors.queries import delete_old_codes
from auth_service.federation.queries import delete_old_flows
from auth_service.sessions.models import FORGET_FAILURES
from auth_service.sessions.queries import delete_dead_sessions, delete_old_failures
from servicekit.clock import now
from servicekit.worker import WorkerContext

KEPT = timedelta(days=30)
CODES_KEPT = timedelta(days=2)


async def forget_the_past(context: WorkerContext[Any]) -> None:
    """Delete expired tokens, sessions that cannot be refreshed any more, and old failures."""
    present = now()
    refreshable = timedelta(days=context.settings.refresh_token_days)
    async with context.sessions.begin() as session:
        await delete_dead_sessions(session, before=present - refreshable - KEPT)
        await delete_old_failures(session, before=present - FORGET_FAILURES)
        await delete_old_tokens(session, before=present - KEPT)
        await delete_old_codes(session, before=present - CODES_KEPT, at=present)
        await delete_old_flows(session, at=present)
