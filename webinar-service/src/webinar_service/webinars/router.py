"""`/webinar`: schedule, find, change, call off, put into a calendar."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from servicekit.access import Caller, Instructor, MaybeCaller, Principal
from servicekit.pagination import Page, page_of
from servicekit.web.app import Tx
from servicekit.web.etags import IfMatch, etag_of
from webinar_service.copies.queries import find_people
from webinar_service.registrations.queries import find_states
from webinar_service.webinars import queries, service
from webinar_service.webinars.calendars import calendar_file, calendar_method
from webinar_service.webinars.models import Webinar
from webinar_service.webinars.schemas import WebinarFilter, WebinarIn, WebinarOut, WebinarPatch

router = APIRouter(prefix="/webinar", tags=["webinars"])


@router.get("")
async def list_webinars(
    caller: MaybeCaller, tx: Tx, wanted: Annotated[WebinarFilter, Query()]
) -> Page[WebinarOut]:
    """Webinars that the caller may see, the earliest first; without `status`, those to come."""
    rows = await queries.list_webinars(tx, viewer=caller, wanted=wanted)
    shown, next_cursor = page_of(
        rows, wanted.limit, lambda webinar: (webinar.starts_at.isoformat(), webinar.id)
    )
    return Page(items=await _shown(tx, shown, caller), next_cursor=next_cursor)


@router.post("", status_code=201)
async def schedule_webinar(
    body: WebinarIn, caller: Instructor, tx: Tx, response: Response
) -> WebinarOut:
    """Announce a webinar; it can be found and registered for at once."""
    webinar = await service.schedule_webinar(tx, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/webinar/{webinar.id}"
    return await _tagged(tx, webinar, caller, response)


@router.get("/{webinar_id}")
async def get_webinar(
    webinar_id: UUID, caller: MaybeCaller, tx: Tx, response: Response
) -> WebinarOut:
    """One webinar."""
    webinar = await queries.get_visible_webinar(tx, webinar_id, viewer=caller)
    return await _tagged(tx, webinar, caller, response)


@router.patch("/{webinar_id}")
async def update_webinar(
    webinar_id: UUID,
    body: WebinarPatch,
    caller: Caller,
    tx: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> WebinarOut:
    """Change the fields sent. Stale `If-Match`: 412."""
    webinar = await service.update_webinar(
        tx, webinar_id=webinar_id, body=body, if_match=if_match, by=caller
    )
    return await _tagged(tx, webinar, caller, response)


@router.delete("/{webinar_id}", status_code=204)
async def delete_webinar(webinar_id: UUID, caller: Caller, tx: Tx) -> None:
    """Remove a webinar that nobody is registered for; 204 again afterwards."""
    await service.delete_webinar(tx, webinar_id=webinar_id, by=caller)


@router.post("/{webinar_id}/cancel")
async def cancel_webinar(
    webinar_id: UUID, caller: Caller, tx: Tx, response: Response
) -> WebinarOut:
    """Call it off: everybody hears of it, and whoever paid is refunded."""
    webinar = await service.cancel_webinar(tx, webinar_id=webinar_id, by=caller)
    return await _tagged(tx, webinar, caller, response)


@router.get(
    "/{webinar_id}/calendar.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
async def download_calendar(webinar_id: UUID, caller: Caller, tx: Tx, request: Request) -> Response:
    """The webinar for a calendar; a cancelled one takes itself out again."""
    webinar = await queries.get_visible_webinar(tx, webinar_id, viewer=caller)
    host = (await find_people(tx, [webinar.host_id])).get(webinar.host_id)
    return Response(
        calendar_file(
            webinar,
            host_name=host.full_name if host else None,
            public_url=request.app.state.settings.public_url,
        ),
        media_type=f"text/calendar; charset=utf-8; method={calendar_method(webinar)}",
        headers={"Content-Disposition": 'attachment; filename="webinar.ics"'},
    )


async def _tagged(
    tx: Tx, webinar: Webinar, caller: Principal | None, response: Response
) -> WebinarOut:
    response.headers["ETag"] = etag_of(webinar.version)
    [shown] = await _shown(tx, [webinar], caller)
    return shown


async def _shown(tx: Tx, webinars: list[Webinar], caller: Principal | None) -> list[WebinarOut]:
    hosts = await find_people(tx, [webinar.host_id for webinar in webinars])
    ids = [webinar.id for webinar in webinars]
    mine = await find_states(tx, ids, user_id=caller.user_id) if caller else {}
    return [
        WebinarOut.of(
            webinar,
            host_name=host.full_name if (host := hosts.get(webinar.host_id)) else None,
            registration=mine.get(webinar.id),
        )
        for webinar in webinars
    ]
