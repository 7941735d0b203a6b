"""The ledger and the leaderboard: reading, and writing many lines with one statement each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.points.models import (
    LeaderboardEntry,
    Player,
    PointsAccount,
    PointsRule,
    PointsTransaction,
)
from servicekit.ids import uuid7


def periods_of(at: datetime) -> tuple[str, str, str, str]:
    """The names of the leaderboards that a moment counts for: for ever, month, ISO week, day."""
    utc = at.astimezone(UTC)
    year, week, _ = utc.isocalendar()
    return "ALL", f"{utc:%Y-%m}", f"{year}-W{week:02d}", f"{utc:%Y-%m-%d}"


async def list_rules(session: AsyncSession) -> Sequence[PointsRule]:
    """All rules, by event type."""
    return (await session.scalars(select(PointsRule).order_by(PointsRule.event_type))).all()


async def lock_accounts(
    session: AsyncSession, user_ids: Iterable[UUID]
) -> dict[UUID, PointsAccount]:
    """The people's accounts, made if need be, locked in one order so that nobody deadlocks."""
    wanted = sorted(set(user_ids))
    rows = [{"id": uuid7(), "user_id": user_id, "balance": 0, "version": 0} for user_id in wanted]
    await session.execute(insert(PointsAccount).values(rows).on_conflict_do_nothing())
    found = select(PointsAccount).where(PointsAccount.user_id.in_(wanted))
    locked = found.order_by(PointsAccount.user_id).with_for_update()
    accounts = await session.scalars(locked.execution_options(populate_existing=True))
    return {account.user_id: account for account in accounts}


async def find_lines_of(session: AsyncSession, event_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Which of these events gave points to whom already."""
    found = await session.execute(
        select(PointsTransaction.event_id, PointsTransaction.user_id).where(
            PointsTransaction.event_id.in_(event_ids)
        )
    )
    return {(event_id, user_id) for event_id, user_id in found}


async def sum_days(
    session: AsyncSession, user_ids: Iterable[UUID], since: datetime
) -> dict[tuple[UUID, str, str], int]:
    """Points by person, rule and UTC day, of the days from `since` on."""
    day = func.to_char(func.timezone("UTC", PointsTransaction.happened_at), "YYYY-MM-DD")
    found = await session.execute(
        select(
            PointsTransaction.user_id,
            PointsTransaction.rule,
            day,
            func.sum(PointsTransaction.points),
        )
        .where(
            PointsTransaction.user_id.in_(list(user_ids)), PointsTransaction.happened_at >= since
        )
        .group_by(PointsTransaction.user_id, PointsTransaction.rule, day)
    )
    return {(user, rule, on): int(points) for user, rule, on, points in found}


async def add_to_leaderboards(
    session: AsyncSession, points: Mapping[tuple[str, UUID], int]
) -> None:
    """Add points to (period, person), one statement for all."""
    rows = [
        {"period": period, "user_id": user_id, "points": more}
        for (period, user_id), more in sorted(points.items())
    ]
    row = insert(LeaderboardEntry).values(rows)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["period", "user_id"],
            set_={"points": LeaderboardEntry.points + row.excluded.points},
        )
    )


async def list_leaders(session: AsyncSession, *, period: str, limit: int) -> Sequence[Any]:
    """The first of a period: user_id, points, rank, names."""
    rank = func.rank().over(order_by=LeaderboardEntry.points.desc()).label("rank")
    found = (
        select(
            LeaderboardEntry.user_id,
            LeaderboardEntry.points,
            rank,
            Player.full_name,
            Player.username,
            Player.avatar_url,
        )
        .outerjoin(Player, Player.user_id == LeaderboardEntry.user_id)
        .where(LeaderboardEntry.period == period)
        .order_by(LeaderboardEntry.points.desc(), LeaderboardEntry.user_id)
        .limit(limit)
    )
    return (await session.execute(found)).all()


async def find_balance(session: AsyncSession, user_id: UUID) -> tuple[int, Player | None]:
    """The person's points, 0 for somebody without any, and their name if it is known."""
    balance = await session.scalar(
        select(PointsAccount.balance).where(PointsAccount.user_id == user_id)
    )
    return balance or 0, await session.get(Player, user_id)


async def list_lines(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[PointsTransaction]:
    """A person's ledger, newest first."""
    mine = select(PointsTransaction).where(PointsTransaction.user_id == user_id)
    if after is not None:
        mine = mine.where(PointsTransaction.id < after)
    return (await session.scalars(mine.order_by(PointsTransaction.id.desc()).limit(limit))).all()


async def keep_player(session: AsyncSession, **facts: Any) -> None:
    """Write the name down unless something newer is known already."""
    row = insert(Player).values(**facts)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["user_id"],
            set_={name: row.excluded[name] for name in facts},
            where=Player.version < row.excluded.version,
        )
    )
