"""How payment opens and closes places."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import EntitlementGranted, EntitlementRevoked
from servicekit.privacy import without_erased
from webinar_service.registrations import service


async def follow_entitlement(
    session: AsyncSession, news: EntitlementGranted | EntitlementRevoked
) -> None:
    """Entitlements to webinars are places in them; entitlements to anything else are not ours."""
    if not await without_erased(session, [news]):
        return
    await service.follow_entitlement(session, news)
