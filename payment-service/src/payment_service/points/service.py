"""Awarding points by rule, and showing who has how many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.points import queries
from payment_service.points.events import award_of, replacement_of
from payment_service.points.models import PointsRule, PointsTransaction
from payment_service.points.schemas import BalanceOut, LeaderboardOut, Period, RankOut, RulesIn
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.messaging import publish


@dataclass(frozen=True, slots=True)
class Merit:
    """Something a person did that a rule may reward."""

    event_id: UUID
    event_type: str
    user_id: UUID
    happened_at: datetime

    @property
    def day(self) -> str:
        """The UTC day it counts for."""
        return f"{self.happened_at.astimezone(UTC):%Y-%m-%d}"


async def award_points(session: AsyncSession, merits: Sequence[Merit]) -> None:
    """Write ledger, balances and leaderboards for what rules reward, an event once a person.

    A rule's `daily_cap` cuts what goes over it; what is cut to nothing leaves no line.
    """
    rules = {rule.event_type: rule for rule in await queries.list_rules(session)}
    rewarded = [merit for merit in merits if merit.event_type in rules]
    if not rewarded:
        return
    accounts = await queries.lock_accounts(session, [merit.user_id for merit in rewarded])
    known = await queries.find_lines_of(session, [merit.event_id for merit in rewarded])
    first = min(merit.happened_at for merit in rewarded).astimezone(UTC)
    since = first.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = defaultdict(int, await queries.sum_days(session, accounts, since))

    gained: defaultdict[tuple[str, UUID], int] = defaultdict(int)
    for merit in rewarded:
        points = _worth(rules[merit.event_type], spent[merit.user_id, merit.event_type, merit.day])
        if (merit.event_id, merit.user_id) in known or points == 0:
            continue
        known.add((merit.event_id, merit.user_id))
        spent[merit.user_id, merit.event_type, merit.day] += points
        account = accounts[merit.user_id]
        account.balance += points
        account.version += 1
        line = PointsTransaction(
            user_id=merit.user_id,
            event_id=merit.event_id,
            rule=merit.event_type,
            points=points,
            balance=account.balance,
            happened_at=merit.happened_at,
        )
        session.add(line)
        publish(session, award_of(account, line))
        for period in queries.periods_of(merit.happened_at):
            gained[period, merit.user_id] += points
    if gained:
        await queries.add_to_leaderboards(session, gained)


def _worth(rule: PointsRule, spent: int) -> int:
    if rule.daily_cap is None:
        return rule.points
    return max(0, min(rule.points, rule.daily_cap - spent))


async def show_balance(session: AsyncSession, *, user_id: UUID) -> BalanceOut:
    """A person's points; somebody who never got any has 0."""
    balance, player = await queries.find_balance(session, user_id)
    return BalanceOut(
        user_id=user_id,
        balance=balance,
        full_name=player.full_name if player else None,
        username=player.username if player else None,
    )


async def list_transactions(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[PointsTransaction]:
    """A person's ledger, newest first."""
    return await queries.list_lines(session, user_id=user_id, after=after, limit=limit)


async def show_leaderboard(session: AsyncSession, *, period: Period, limit: int) -> LeaderboardOut:
    """The people with the most points of the present period."""
    names = dict(
        zip(
            (Period.ALL, Period.MONTH, Period.WEEK, Period.DAY),
            queries.periods_of(now()),
            strict=True,
        )
    )
    found = await queries.list_leaders(session, period=names[period], limit=limit)
    return LeaderboardOut(period=period, items=[RankOut.model_validate(row) for row in found])


async def list_rules(session: AsyncSession) -> Sequence[PointsRule]:
    """All rules, by event type."""
    return await queries.list_rules(session)


async def replace_rules(
    session: AsyncSession, *, wish: RulesIn, by: Principal
) -> Sequence[PointsRule]:
    """These rules and no others, from the next event on. The ledger stays as it is."""
    wanted = {str(rule.event_type): rule for rule in wish.rules}
    await session.execute(delete(PointsRule).where(PointsRule.event_type.not_in(wanted)))
    for event_type, rule in wanted.items():
        row = PointsRule(
            event_type=event_type,
            points=rule.points,
            daily_cap=rule.daily_cap,
            changed_at=now(),
        )
        await session.merge(row)
    await session.flush()
    rules = await queries.list_rules(session)
    publish(session, replacement_of(rules, replaced_by=by.user_id))
    return rules
