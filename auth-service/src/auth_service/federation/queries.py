"""SQL for identities at providers and sign-ins under way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.federation.models import FederatedIdentity, Handover, OauthFlow


async def find_identity(
    session: AsyncSession, *, issuer: str, subject: str
) -> FederatedIdentity | None:
    """Whose account this person of that provider signs in to."""
    return await session.scalar(
        select(FederatedIdentity).where(
            FederatedIdentity.issuer == issuer, FederatedIdentity.subject == subject
        )
    )


async def take_flow(
    session: AsyncSession, *, state_sha256: bytes, browser_sha256: bytes, provider: str
) -> OauthFlow | None:
    """Use a sign-in up that this browser began at this provider; None if there is none."""
    return await session.scalar(
        delete(OauthFlow)
        .where(
            OauthFlow.state_sha256 == state_sha256,
            OauthFlow.browser_sha256 == browser_sha256,
            OauthFlow.provider == provider,
        )
        .returning(OauthFlow)
    )


async def take_handover(session: AsyncSession, code_sha256: bytes) -> Handover | None:
    """Use a handed-over code up; None if it is unknown or was used."""
    return await session.scalar(
        delete(Handover).where(Handover.code_sha256 == code_sha256).returning(Handover)
    )


async def void_handovers(session: AsyncSession, user_id: UUID) -> None:
    """No app fetches a session of this person any more that was handed over before."""
    await session.execute(delete(Handover).where(Handover.user_id == user_id))


async def delete_old_flows(session: AsyncSession, *, at: datetime) -> None:
    """Forget what nobody came back for in time."""
    await session.execute(delete(OauthFlow).where(OauthFlow.expires_at < at))
    await session.execute(delete(Handover).where(Handover.expires_at < at))
