"""What auth-service holds of people, and what becomes of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import OneTimeToken, User
from auth_service.factors.models import (
    BackupCode,
    MfaChallenge,
    OneTimeCode,
    Passkey,
    PasskeyChallenge,
    TotpFactor,
)
from auth_service.federation.models import FederatedIdentity, Handover
from auth_service.invites.models import Invite, InviteRedemption
from auth_service.media.models import Asset
from auth_service.privacy.models import Erasure, Export, ExportPart
from auth_service.secrets_at_rest import digest_of
from auth_service.sessions.models import AuthSession, LoginFailure, RefreshToken
from auth_service.social.models import Barrier, Follow, FollowCount, FollowStatus, UserReport
from auth_service.social.queries import hold_counts
from auth_service.verification.models import Verification
from servicekit.privacy import NOBODY, Erased, Register, erased, kept


async def forget_addresses(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Failures, codes and invites hang on an address, not on the person who had it."""
    user = await session.get(User, who.user_id)
    if user is None:
        return {}
    email, phone = user.email_key or "", user.phone_number or ""
    failures = [digest_of(email), digest_of(f"mfa:{user.id}")]
    codes = [digest_of(f"EMAIL:{email}"), digest_of(f"SMS:{phone}")]
    gone = {
        "login_failures": delete(LoginFailure).where(LoginFailure.email_sha256.in_(failures)),
        "one_time_codes": delete(OneTimeCode).where(OneTimeCode.destination_sha256.in_(codes)),
        "invites": delete(Invite).where(Invite.email_key == email),
    }
    # The row is about to go by SQL: the session must not hold it as if it were there.
    session.expunge(user)
    counts: dict[str, int] = {}
    for name, each in gone.items():
        result: Any = await session.execute(each)
        counts[name] = result.rowcount
    return counts


async def uncount_follows(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Whom the person followed has a follower less; who followed them follows one less."""
    both = or_(Follow.follower_id == who.user_id, Follow.followee_id == who.user_id)
    concerned = select(func.unnest(array([Follow.follower_id, Follow.followee_id]))).where(
        both, Follow.status == FollowStatus.FOLLOWING
    )
    await hold_counts(session, concerned)
    for counted, mine, theirs in (
        ("followers", Follow.follower_id, Follow.followee_id),
        ("following", Follow.followee_id, Follow.follower_id),
    ):
        others = select(theirs).where(mine == who.user_id, Follow.status == FollowStatus.FOLLOWING)
        column = getattr(FollowCount, counted)
        await session.execute(
            update(FollowCount)
            .where(FollowCount.user_id.in_(others))
            .values({counted: func.greatest(column - 1, 0)})
        )
    return {}


def _sessions_of(user_id: UUID) -> ColumnElement[bool]:
    mine = select(AuthSession.id).where(AuthSession.user_id == user_id)
    return RefreshToken.session_id.in_(mine)


def _parts_of(user_id: UUID) -> ColumnElement[bool]:
    return ExportPart.export_id.in_(select(Export.id).where(Export.user_id == user_id))


REGISTER = Register(
    before=(forget_addresses, uncount_follows),
    holdings=(
        erased(RefreshToken, mine=_sessions_of, unseen="token_sha256"),
        erased(AuthSession, "user_id"),
        erased(OneTimeToken, "user_id", unseen="token_sha256 code_digest"),
        erased(BackupCode, "user_id", unseen="code_sha256"),
        erased(MfaChallenge, "user_id", unseen="token_sha256"),
        erased(PasskeyChallenge, "user_id", unseen="challenge_sha256"),
        erased(Passkey, "user_id", unseen="public_key"),
        erased(FederatedIdentity, "user_id"),
        erased(Handover, "user_id", unseen="code_sha256 code_challenge"),
        erased(TotpFactor, "user_id", unseen="sealed_secret"),
        erased(Follow, "follower_id", "followee_id"),
        erased(FollowCount, "user_id"),
        erased(Barrier, "owner_id", "target_id", take="owner_id"),
        erased(InviteRedemption, "user_id"),
        kept(Invite, "created_by", why="others redeem it; who made it is not told"),
        erased(Verification, "user_id"),
        kept(Verification, "reviewer_id", take="", why="the decision about somebody else stands"),
        kept(
            UserReport,
            "reporter_id",
            "reported_id",
            take="reporter_id",
            blank={"reason": NOBODY, "action_taken": None},
            why="that there was a report, and how it ended, without what was said",
        ),
        kept(UserReport, "reviewer_id", take="", why="the decision about somebody else stands"),
        erased(Asset, "owner_id"),
        kept(Erasure, "deleted_by", take="", why="that an admin erased somebody else"),
        erased(ExportPart, mine=_parts_of, take=""),
        kept(
            Export,
            "user_id",
            blank={"expires_at": func.now()},
            take="",
            why="for the minute until its objects are removed",
        ),
        erased(User, mine=lambda user_id: or_(User.id == user_id), unseen="password_hash"),
    ),
    not_personal=frozenset(
        {
            # Digests of addresses: `forget_addresses` finds them.
            "login_failures",
            "one_time_codes",
            "invites",
            "signing_keys",
            "erasure_answers",
            "exports.missing",
            # Browsers on their way: nobody knows yet whose they are.
            "oauth_flows",
            # A number that nobody bears any more.
            "erasures.user_id",
            "invite_redemptions.invite_id",
            "verifications.asset_id",
            "users.waiting_avatar_id",
            "users.waiting_banner_id",
            "users.waiting_invite_id",
        }
    ),
)
