"""What goes on between people: the doors."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.social import reporting, service
from auth_service.social.models import BarrierKind, UserReport
from auth_service.social.schemas import (
    BarredPersonOut,
    BlockOut,
    FollowedPersonOut,
    FollowOut,
    MuteOut,
    ReportFilter,
    ReportIn,
    ReportOut,
    ReportReviewIn,
    ReviewedReportOut,
    SuggestionOut,
)
from auth_service.social.suggestions import Place
from servicekit.access import Caller, Moderator, Principal
from servicekit.pagination import Cursor, Limit, Page, decode_cursor, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.limits import RequestLimiter

router = APIRouter(tags=["social"])

People = Page[FollowedPersonOut]
Barred = Page[BarredPersonOut]
REPORTS_PER_ACCOUNT = "30/hour"


async def _people(
    tx: AsyncSession,
    caller: Principal,
    user_id: UUID,
    side: Literal["followers", "following"],
    page: tuple[int, str | None],
) -> People:
    limit, cursor = page
    found = await service.list_relations(
        tx, user_id=user_id, side=side, by=caller, page=(decode_id(cursor), limit + 1)
    )
    shown, next_cursor = page_of(found, limit, lambda row: [row[0]])
    items = [FollowedPersonOut.model_validate(person) for _, person in shown]
    return People(items=items, next_cursor=next_cursor)


async def _barred(
    tx: AsyncSession, caller: Principal, kind: BarrierKind, page: tuple[int, str | None]
) -> Barred:
    limit, cursor = page
    found = await service.list_own_barred(tx, kind, by=caller, page=(decode_id(cursor), limit + 1))
    shown, next_cursor = page_of(found, limit, lambda row: [row[0]])
    items = [BarredPersonOut.model_validate(person) for _, person in shown]
    return Barred(items=items, next_cursor=next_cursor)


@router.post("/social/{user_id}/follow", response_model=FollowOut)
async def follow(user_id: UUID, caller: Caller, tx: Tx) -> dict[str, Any]:
    """Follow a person. Repeating it is harmless."""
    return await service.follow(tx, user_id=user_id, by=caller)


@router.delete("/social/{user_id}/follow", status_code=status.HTTP_204_NO_CONTENT)
async def unfollow(user_id: UUID, caller: Caller, tx: Tx) -> None:
    """Follow a person no longer. Repeating it is harmless."""
    await service.unfollow(tx, user_id=user_id, by=caller)


@router.post("/social/{user_id}/block")
async def block(user_id: UUID, caller: Caller, tx: Tx) -> BlockOut:
    """Hide a person and the caller from each other; both follow each other no longer."""
    await service.bar(tx, BarrierKind.BLOCK, user_id=user_id, by=caller)
    return BlockOut(user_id=user_id, blocked=True)


@router.delete("/social/{user_id}/block", status_code=status.HTTP_204_NO_CONTENT)
async def unblock(user_id: UUID, caller: Caller, tx: Tx) -> None:
    """Block a person no longer; who followed whom does not come back. Repeating it is harmless."""
    await service.unbar(tx, BarrierKind.BLOCK, user_id=user_id, by=caller)


@router.post("/social/{user_id}/mute")
async def mute(user_id: UUID, caller: Caller, tx: Tx) -> MuteOut:
    """Keep a person out of the caller's feeds; the person is not told. Repeating it is harmless."""
    await service.bar(tx, BarrierKind.MUTE, user_id=user_id, by=caller)
    return MuteOut(user_id=user_id, muted=True)


@router.delete("/social/{user_id}/mute", status_code=status.HTTP_204_NO_CONTENT)
async def unmute(user_id: UUID, caller: Caller, tx: Tx) -> None:
    """Mute a person no longer. Repeating it is harmless."""
    await service.unbar(tx, BarrierKind.MUTE, user_id=user_id, by=caller)


@router.post(
    "/social/{user_id}/report",
    status_code=status.HTTP_201_CREATED,
    response_model=ReportOut,
    responses={200: {"model": ReportOut, "description": "Reported already"}},
)
async def report_person(
    user_id: UUID,
    body: ReportIn,
    caller: Caller,
    limiter: RequestLimiter,
    tx: Tx,
    response: Response,
) -> UserReport:
    """Tell the moderators of a person. While they have not looked, the first report stands."""
    await limiter.hit("user-reports", str(caller.user_id), REPORTS_PER_ACCOUNT)
    report, is_new = await reporting.report_person(
        tx, user_id=user_id, reason=body.reason, by=caller
    )
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return report


@router.get("/social/me/following")
async def list_my_following(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Whom the caller follows, the latest first."""
    return await _people(tx, caller, caller.user_id, "following", (limit, cursor))


@router.get("/social/me/followers")
async def list_my_followers(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Who follows the caller, the latest first."""
    return await _people(tx, caller, caller.user_id, "followers", (limit, cursor))


@router.get("/social/me/blocked")
async def list_my_blocked(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Barred:
    """Whom the caller blocks, the latest first."""
    return await _barred(tx, caller, BarrierKind.BLOCK, (limit, cursor))


@router.get("/social/me/muted")
async def list_my_muted(caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None) -> Barred:
    """Whom the caller mutes, the latest first."""
    return await _barred(tx, caller, BarrierKind.MUTE, (limit, cursor))


@router.get("/social/me/suggestions")
async def list_my_suggestions(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[SuggestionOut]:
    """People to follow: friends of friends first, then people of the caller's specialty."""
    after = Place(*decode_cursor(cursor, int, int, UUID)) if cursor else None  # type: ignore[arg-type]  # made by these kinds
    found = await service.suggest(tx, by=caller, after=after, limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda row: row[0].place)
    items = [SuggestionOut.model_validate(person) for _, person in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.get("/social/{user_id}/following")
async def list_following(
    user_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Whom a person follows, the latest first."""
    return await _people(tx, caller, user_id, "following", (limit, cursor))


@router.get("/social/{user_id}/followers")
async def list_followers(
    user_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Who follows a person, the latest first."""
    return await _people(tx, caller, user_id, "followers", (limit, cursor))


@router.get("/admin/social/reports")
async def list_reports(
    _: Moderator,
    tx: Tx,
    wanted: Annotated[ReportFilter, Query()],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ReviewedReportOut]:
    """Reports of people by status and person, oldest first."""
    found = await reporting.list_reports(
        tx, wanted=wanted, after=decode_id(cursor), limit=limit + 1
    )
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [ReviewedReportOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.post("/admin/social/reports/{report_id}/review", response_model=ReviewedReportOut)
async def review_report(
    report_id: UUID, body: ReportReviewIn, caller: Moderator, tx: Tx
) -> UserReport:
    """Decide on a report, once; whoever made it is told that it was looked at."""
    return await reporting.review_report(tx, report_id=report_id, review=body, by=caller)
