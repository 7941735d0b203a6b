"""The routes of `/notifications`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from notification_service.notifications import queries, service
from notification_service.notifications.models import Notification
from notification_service.notifications.schemas import (
    NotificationOut,
    NotificationPage,
    PreferencesIn,
    PreferencesOut,
    UnreadCount,
)
from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/notifications", tags=["notifications"])


@router.get("")
async def list_notifications(
    caller: Caller,
    tx: Tx,
    *,
    unread_only: Annotated[bool, Query()] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> NotificationPage:
    """The caller's notifications, newest first."""
    rows = await queries.list_notifications(
        tx,
        user_id=caller.user_id,
        before=decode_id(cursor),
        unread_only=unread_only,
        limit=limit + 1,
    )
    items, next_cursor = page_of(rows, limit, lambda row: (row.id,))
    shown = [NotificationOut.model_validate(row) for row in items]
    return NotificationPage(items=shown, next_cursor=next_cursor)


@router.get("/unread-count")
async def count_unread(caller: Caller, tx: Tx) -> UnreadCount:
    """How many of the caller's notifications are unread."""
    return UnreadCount(unread_count=await queries.count_unread(tx, user_id=caller.user_id))


@router.post("/mark-all-read")
async def mark_all_read(caller: Caller, tx: Tx) -> UnreadCount:
    """Mark everything read. Repeating it changes nothing."""
    await service.mark_all_read(tx, user_id=caller.user_id)
    return UnreadCount(unread_count=0)


@router.get("/preferences")
async def get_preferences(caller: Caller, tx: Tx) -> PreferencesOut:
    """Which types reach the caller through which channels."""
    return service.as_out(await queries.find_preferences(tx, caller.user_id))


@router.put("/preferences")
async def replace_preferences(body: PreferencesIn, caller: Caller, tx: Tx) -> PreferencesOut:
    """Replace the caller's choices; types that are left out go back to their defaults."""
    return await service.replace_preferences(tx, user_id=caller.user_id, chosen=body)


@router.patch("/{notification_id}/read", response_model=NotificationOut)
async def mark_read(notification_id: UUID, caller: Caller, tx: Tx) -> Notification:
    """Mark one read. Repeating it keeps the first time."""
    return await service.mark_read(tx, user_id=caller.user_id, notification_id=notification_id)


@router.delete("/{notification_id}", status_code=204)
async def delete_notification(notification_id: UUID, caller: Caller, tx: Tx) -> Response:
    """Show it no longer. Repeating it is 204 again."""
    await service.delete_notification(tx, user_id=caller.user_id, notification_id=notification_id)
    return Response(status_code=204)
