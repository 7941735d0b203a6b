"""`/webinar/{id}/register` and who is registered."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.idempotency import OncePerKey
from webinar_service.copies.queries import find_people
from webinar_service.registrations import service
from webinar_service.registrations.models import RegistrationStatus
from webinar_service.registrations.schemas import RegistrationOut

router = APIRouter(prefix="/webinar/{webinar_id}", tags=["registrations"])


@router.post(
    "/register",
    response_model=RegistrationOut,
    status_code=201,
    responses={200: {"model": RegistrationOut, "description": "Registered already"}},
)
async def register(webinar_id: UUID, caller: Caller, once: OncePerKey, tx: Tx) -> Response:
    """Take a seat, or wait for one when all are taken. Unpaid: 402 says what to order."""
    registration, is_new = await service.register(tx, webinar_id=webinar_id, by=caller)
    me = (await find_people(tx, [caller.user_id])).get(caller.user_id)
    out = RegistrationOut.of(registration, full_name=me.full_name if me else None)
    return await once.answer(
        tx, out, status=201 if is_new else 200, location=f"/api/v1/webinar/{webinar_id}"
    )


@router.delete("/register", status_code=204)
async def unregister(webinar_id: UUID, caller: Caller, tx: Tx) -> None:
    """Give the seat back; it goes to who has waited longest."""
    await service.unregister(tx, webinar_id=webinar_id, by=caller)


@router.get("/registrations")
async def list_registrations(
    webinar_id: UUID,
    caller: Caller,
    tx: Tx,
    status: RegistrationStatus | None = None,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[RegistrationOut]:
    """Who has a seat or waits for one, for the host, in the order of registering."""
    found = await service.list_registrations(
        tx,
        webinar_id=webinar_id,
        status=status,
        after=decode_id(cursor),
        limit=limit + 1,
        by=caller,
    )
    shown, next_cursor = page_of(found, limit, lambda registration: (registration.id,))
    people = await find_people(tx, [registration.user_id for registration in shown])
    items = [
        RegistrationOut.of(
            registration,
            full_name=person.full_name if (person := people.get(registration.user_id)) else None,
        )
        for registration in shown
    ]
    return Page(items=items, next_cursor=next_cursor)
