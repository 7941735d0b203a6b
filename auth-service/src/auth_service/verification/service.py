"""Documents: submitted, looked at, decided on, lapsed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import get_user, lock_user
from auth_service.media.models import AssetStatus
from auth_service.media.queries import find_asset, find_fit_asset
from auth_service.objects import storage_of
from auth_service.verification.errors import OwnVerification, VerificationDecided, VerificationOpen
from auth_service.verification.events import (
    change_of,
    opening_of,
    review_of,
    submission_of,
)
from auth_service.verification.models import Verification
from auth_service.verification.queries import (
    find_last_day,
    find_latest_status,
    get_owner_id,
    list_open_verifications,
    list_own_verifications,
    lock_verification,
)
from auth_service.verification.schemas import ReviewAction, ReviewIn, VerificationIn
from contracts.access import VerificationStatus
from contracts.media import Purpose
from servicekit.access import Principal
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.messaging import live, publish

DOCUMENT_SECS = 1800
DOCUMENT_FIELDS = [column.key for column in Verification.__table__.columns]
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


async def submit_document(
    session: AsyncSession, *, wish: VerificationIn, by: Principal
) -> Verification:
    """A document for the moderators. Its asset may still be on its way through the worker.

    Raises VerificationOpen, AssetNotFound, AssetUnfit.
    """
    await find_fit_asset(session, wish.asset_id, owner=by.user_id, purpose=Purpose.LICENSE)
    user = await lock_user(session, by.user_id)
    submitted = Verification(user_id=user.id, **wish.model_dump())
    session.add(submitted)
    try:
        await session.flush()
    except IntegrityError as waiting:
        raise VerificationOpen from waiting
    user.verification_status = submitted.status
    publish(session, submission_of(submitted))
    return submitted


async def list_own(session: AsyncSession, *, by: Principal) -> tuple[User, Sequence[Verification]]:
    """The caller and what they submitted, newest first."""
    user = await get_user(session, by.user_id)
    return user, await list_own_verifications(session, by.user_id)


async def list_queue(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """What waits for a decision, oldest first."""
    waiting = await list_open_verifications(session, after=after, limit=limit)
    return [await _for_moderators(session, document, user) for document, user in waiting]


async def open_document(
    session: AsyncSession, *, verification_id: UUID, by: Principal
) -> dict[str, Any]:
    """A submission with its document. The first moderator who opens it takes it into review.

    Raises VerificationNotFound.
    """
    user = await lock_user(session, await get_owner_id(session, verification_id))
    document = await lock_verification(session, verification_id)
    if by.user_id != user.id and document.open_by(by.user_id):
        await _show_latest(session, user)
        publish(session, opening_of(document, by.user_id))
    return await _for_moderators(session, document, user)


async def review_document(
    session: AsyncSession, *, verification_id: UUID, review: ReviewIn, by: Principal
) -> dict[str, Any]:
    """Decide on a document. Raises VerificationNotFound, OwnVerification, VerificationDecided."""
    user = await lock_user(session, await get_owner_id(session, verification_id))
    document = await lock_verification(session, verification_id)
    if user.id == by.user_id:
        raise OwnVerification
    before = document.status
    approved = review.action is ReviewAction.APPROVE
    after = VerificationStatus.APPROVED if approved else VerificationStatus.REJECTED
    if not document.decide(after, by=by.user_id, notes=review.notes or None, at=now()):
        raise VerificationDecided(status_now=document.status)

    await _announce(session, user, document, before)
    publish(session, review_of(document, by.user_id))
    return await _for_moderators(session, document, user)


async def lapse_document(session: AsyncSession, *, verification_id: UUID) -> bool:
    """An accepted document has passed its last day. False if that was done before."""
    user = await lock_user(session, await get_owner_id(session, verification_id))
    document = await lock_verification(session, verification_id)
    before = document.status
    if not document.lapse():
        return False
    await _announce(session, user, document, before)
    return True


async def _announce(
    session: AsyncSession, user: User, document: Verification, before: VerificationStatus
) -> None:
    await _show_latest(session, user)
    user.verified_until = _end_of(await find_last_day(session, user.id))
    not_before = None
    if document.status is VerificationStatus.EXPIRED and not user.verified:
        not_before = now()
        await revoke(session, user_id=user.id, sid=None, not_before=not_before)
        live(session, TOPIC, {"user_id": str(user.id)})
    publish(session, change_of(user, document, before=before, not_before=not_before))


async def _show_latest(session: AsyncSession, user: User) -> None:
    """An older document that is decided on, or lapses, says nothing of the latest one."""
    await session.flush()
    user.verification_status = await find_latest_status(session, user.id)


def _end_of(last_day: date | None) -> datetime | None:
    if last_day is None or last_day == date.max:
        return FOR_EVER if last_day else None
    return datetime.combine(last_day + timedelta(days=1), time(), UTC)


async def _for_moderators(
    session: AsyncSession, document: Verification, user: User
) -> dict[str, Any]:
    return {
        **{name: getattr(document, name) for name in DOCUMENT_FIELDS},
        "full_name": user.full_name,
        "email": user.email,
        "document_url": await _address_of(session, document),
    }


async def _address_of(session: AsyncSession, document: Verification) -> str | None:
    asset = await find_asset(session, document.asset_id) if document.asset_id else None
    if asset is None or asset.key is None or asset.status is not AssetStatus.READY:
        return None
    if asset.owner_id != document.user_id or asset.purpose is not Purpose.LICENSE:
        return None
    return storage_of(session).sign_download(asset.key, expires_in_secs=DOCUMENT_SECS)
