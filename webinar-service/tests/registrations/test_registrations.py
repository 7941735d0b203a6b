"""Seats: never more than there are, and handed on when somebody leaves."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import EntitlementGranted, EntitlementRevoked, ItemType
from contracts.webinar import (
    WebinarPromotedFromWaitlist,
    WebinarRegistered,
    WebinarRegistrationCancelled,
)
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller
from webinar_service.registrations.consumers import follow_entitlement
from webinar_service.webinars.models import Webinar

WEBINAR = "/api/v1/webinar"


def granted(user_id: UUID, webinar_id: str, *, version: int = 1, **more: Any) -> EntitlementGranted:
    """What payment-service says when somebody has paid."""
    return EntitlementGranted(
        **{
            "version": version,
            "entitlement_id": uuid7(),
            "user_id": user_id,
            "item_type": ItemType.WEBINAR,
            "item_id": UUID(webinar_id),
            "reason": "PAYMENT",
            **more,
        }
    )


async def register(client: AsyncClient, webinar: dict[str, Any], by: TestCaller) -> Response:
    """Register through the door; who hears 503 comes back, as `Retry-After` says."""
    while True:
        answer = await client.post(f"{WEBINAR}/{webinar['id']}/register", headers=by.headers)
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def test_registering_takes_a_seat_and_repeating_it_changes_nothing(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, guest: TestCaller
) -> None:
    webinar = await make_webinar(capacity=2)

    first, again = [await register(client, webinar, guest) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["status"] == "REGISTERED"
    shown = await client.get(f"{WEBINAR}/{webinar['id']}", headers=guest.headers)
    assert (shown.json()["seats_taken"], shown.json()["registration"]) == (1, "REGISTERED")
    [event] = await published(session, WebinarRegistered)
    assert (event.user_id, event.version) == (guest.user_id, 1)


async def test_fifty_who_want_the_last_seat_get_one(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, make_caller: MakeCaller
) -> None:
    webinar = await make_webinar(capacity=1)

    answers = await asyncio.gather(*(register(client, webinar, make_caller()) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {201}
    states = sorted(answer.json()["status"] for answer in answers)
    assert states == ["REGISTERED"] + ["WAITLISTED"] * 49
    [row] = await session.scalars(select(Webinar))
    assert row.seats_taken == 1
    assert len(await published(session, WebinarRegistered)) == 1


async def test_who_has_waited_longest_gets_the_seat_that_is_given_back(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, make_caller: MakeCaller
) -> None:
    webinar = await make_webinar(capacity=1)
    seated, first, second = (make_caller() for _ in range(3))
    for one in (seated, first, second):
        await register(client, webinar, one)

    for _ in range(2):
        answer = await client.delete(f"{WEBINAR}/{webinar['id']}/register", headers=seated.headers)
        assert answer.status_code == 204

    [promoted] = await published(session, WebinarPromotedFromWaitlist)
    [gone] = await published(session, WebinarRegistrationCancelled)
    assert (promoted.user_id, gone.user_id) == (first.user_id, seated.user_id)
    assert (await register(client, webinar, second)).json()["status"] == "WAITLISTED"


async def test_more_seats_go_to_those_who_wait(
    client: AsyncClient,
    session: AsyncSession,
    make_webinar: Any,
    host: TestCaller,
    make_caller: MakeCaller,
) -> None:
    webinar = await make_webinar(capacity=1)
    for _ in range(4):
        await register(client, webinar, make_caller())
    path = f"{WEBINAR}/{webinar['id']}"

    answer = await client.patch(path, json={"capacity": 3}, headers=host.headers)
    refused = await client.patch(path, json={"capacity": 2}, headers=host.headers)

    assert (answer.json()["seats_taken"], answer.json()["seats_left"]) == (3, 0)
    assert len(await published(session, WebinarPromotedFromWaitlist)) == 2
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-too-small")


async def test_a_paid_webinar_says_what_to_order(
    client: AsyncClient, make_webinar: Any, guest: TestCaller
) -> None:
    webinar = await make_webinar(pricing_type="PAID", price="99.00")

    answer = await register(client, webinar, guest)

    assert (answer.status_code, answer.json()["code"]) == (402, "payment-required")
    facts = {name: answer.json()[name] for name in ("item_type", "item_id", "amount", "currency")}
    assert facts == {
        "item_type": "WEBINAR",
        "item_id": webinar["id"],
        "amount": "99.00",
        "currency": "INR",
    }


async def test_an_entitlement_is_a_seat_and_its_end_gives_the_seat_back(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, guest: TestCaller, hear: Any
) -> None:
    webinar = await make_webinar(pricing_type="PAID", price="99.00", capacity=1)
    grant = granted(guest.user_id, webinar["id"])

    assert await hear(grant) == [True]
    assert await hear(grant) == [False]
    assert (await register(client, webinar, guest)).status_code == 200
    assert len(await published(session, WebinarRegistered)) == 1

    facts = {"item_type": ItemType.WEBINAR, "item_id": UUID(webinar["id"]), "reason": "REFUND"}
    end = EntitlementRevoked(version=2, entitlement_id=uuid7(), user_id=guest.user_id, **facts)
    assert await hear(end) == [True]
    assert await hear(end) == [False]
    assert len(await published(session, WebinarRegistrationCancelled)) == 1
    assert (await register(client, webinar, guest)).status_code == 402


@pytest.mark.parametrize("version", [1, 2])
async def test_an_older_grant_does_not_open_what_a_refund_closed(
    client: AsyncClient, make_webinar: Any, guest: TestCaller, hear: Any, version: int
) -> None:
    webinar = await make_webinar(pricing_type="PAID", price="99.00")
    await hear(
        EntitlementRevoked(
            version=2,
            entitlement_id=uuid7(),
            user_id=guest.user_id,
            item_type=ItemType.WEBINAR,
            item_id=UUID(webinar["id"]),
            reason="REFUND",
        )
    )
    await hear(granted(guest.user_id, webinar["id"], version=version))

    assert (await register(client, webinar, guest)).status_code == 402


async def test_an_entitlement_to_a_course_is_not_ours(
    client: AsyncClient, make_webinar: Any, guest: TestCaller, hear: Any
) -> None:
    webinar = await make_webinar(pricing_type="PAID", price="99.00")
    await hear(granted(guest.user_id, webinar["id"], item_type=ItemType.COURSE))

    assert (await register(client, webinar, guest)).status_code == 402


async def test_the_same_key_registers_once(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, guest: TestCaller
) -> None:
    webinar = await make_webinar()
    headers = {**guest.headers, "Idempotency-Key": "seat-1"}
    path = f"{WEBINAR}/{webinar['id']}/register"

    answers = [await client.post(path, headers=headers) for _ in range(2)]
    other = await client.post(path, headers=headers, content=b"{}")

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_the_host_sees_who_comes_and_needs_no_seat(
    client: AsyncClient, make_webinar: Any, host: TestCaller, make_caller: MakeCaller
) -> None:
    webinar = await make_webinar(capacity=2)
    guests = [make_caller() for _ in range(3)]
    for one in guests:
        await register(client, webinar, one)
    path = f"{WEBINAR}/{webinar['id']}/registrations"

    first = (await client.get(path, params={"limit": 2}, headers=host.headers)).json()
    rest = await client.get(
        path, params={"limit": 2, "cursor": first["next_cursor"]}, headers=host.headers
    )
    waiting = await client.get(path, params={"status": "WAITLISTED"}, headers=host.headers)

    seen = [item["user_id"] for item in first["items"] + rest.json()["items"]]
    assert seen == [str(one.user_id) for one in guests]
    assert [item["user_id"] for item in waiting.json()["items"]] == [str(guests[2].user_id)]
    assert (await register(client, webinar, host)).json()["code"] == "host-needs-no-seat"


async def test_nobody_registers_for_what_is_cancelled(
    client: AsyncClient, make_webinar: Any, host: TestCaller, guest: TestCaller
) -> None:
    webinar = await make_webinar()
    await client.post(f"{WEBINAR}/{webinar['id']}/cancel", headers=host.headers)

    answer = await register(client, webinar, guest)

    assert (answer.status_code, answer.json()["code"]) == (409, "webinar-not-open")


async def test_nobody_slips_in_beside_a_revocation_that_is_under_way(
    client: AsyncClient, sessions: Sessions, guest: TestCaller, make_webinar: Any, hear: Any
) -> None:
    webinar = await make_webinar(pricing_type="PAID", price="100.00")
    given = granted(guest.user_id, webinar["id"])
    await hear(given)
    path = f"/api/v1/webinar/{webinar['id']}/register"
    await client.delete(path, headers=guest.headers)

    end = EntitlementRevoked(
        version=2,
        entitlement_id=given.entitlement_id,
        user_id=guest.user_id,
        item_type=ItemType.WEBINAR,
        item_id=given.item_id,
        reason="REFUND",
    )
    async with sessions.begin() as revoking:
        await follow_entitlement(revoking, end)
        entering = asyncio.create_task(client.post(path, headers=guest.headers))
        await asyncio.sleep(0.3)
    assert (await entering).status_code == 402


async def test_a_seat_is_given_back_by_who_may_not_find_the_webinar_any_more(
    client: AsyncClient, guest: TestCaller, host: TestCaller, make_webinar: Any
) -> None:
    webinar = await make_webinar(capacity=1)
    path = f"{WEBINAR}/{webinar['id']}"
    assert (await register(client, webinar, guest)).status_code == 201
    await client.patch(path, json={"visibility": "VERIFIED_ONLY"}, headers=host.headers)
    assert (await client.get(path, headers=guest.headers)).status_code == 404

    answer = await client.delete(f"{path}/register", headers=guest.headers)

    assert answer.status_code == 204
    assert (await client.get(path, headers=host.headers)).json()["seats_left"] == 1
