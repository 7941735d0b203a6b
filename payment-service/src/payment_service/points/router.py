"""`/gamification`: points, ledger, leaderboard, rules."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from payment_service.points import service
from payment_service.points.schemas import (
    BalanceOut,
    LeaderboardOut,
    Period,
    RuleOut,
    RulesIn,
    RulesOut,
    TransactionOut,
)
from servicekit.access import ANYONE, Admin, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/gamification", tags=["gamification"])


@router.get("/points/me")
async def show_my_points(caller: Caller, tx: Tx) -> BalanceOut:
    """My points."""
    return await service.show_balance(tx, user_id=caller.user_id)


@router.get("/points/{user_id}", openapi_extra=ANYONE)
async def show_points(user_id: UUID, tx: Tx) -> BalanceOut:
    """Somebody's points; 0 for whoever never got any."""
    return await service.show_balance(tx, user_id=user_id)


@router.get("/transactions/me")
async def list_my_transactions(
    caller: Caller,
    tx: Tx,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[TransactionOut]:
    """My ledger, newest first."""
    found = await service.list_transactions(
        tx, user_id=caller.user_id, after=decode_id(cursor), limit=limit + 1
    )
    items, next_cursor = page_of(found, limit, lambda line: (line.id,))
    shown = [TransactionOut.model_validate(line) for line in items]
    return Page(items=shown, next_cursor=next_cursor)


@router.get("/leaderboard", openapi_extra=ANYONE)
async def show_leaderboard(
    tx: Tx, period: Period = Period.ALL, limit: Annotated[Limit, Query()] = 20
) -> LeaderboardOut:
    """The people with the most points: of all time, this month, this ISO week or today (UTC)."""
    return await service.show_leaderboard(tx, period=period, limit=limit)


@router.get("/rules")
async def list_rules(_caller: Admin, tx: Tx) -> RulesOut:
    """What brings how many points."""
    rules = await service.list_rules(tx)
    return RulesOut(rules=[RuleOut.model_validate(rule) for rule in rules])


@router.put("/rules")
async def replace_rules(body: RulesIn, caller: Admin, tx: Tx) -> RulesOut:
    """Replace all rules. What was awarded stays."""
    rules = await service.replace_rules(tx, wish=body, by=caller)
    return RulesOut(rules=[RuleOut.model_validate(rule) for rule in rules])
