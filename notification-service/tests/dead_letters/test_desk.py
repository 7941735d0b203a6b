"""The desk keeps what no consumer could handle, and sends it back to the queue that gave it up."""

from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.notification import DeadLetterDropped, DeadLetterReplayed
from notification_service.dead_letters.service import write_down
from servicekit.messaging import RawMessage
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

BASE = "/api/v1/admin/dead-letters"
QUEUE = "course-service.certificates.issue_certificate"


def letter(queue: str | None = QUEUE, body: bytes = b"\x00not json\xff") -> RawMessage:
    headers = {"cloudEvents:type": "enrollment.completed", "x-queue": queue, "odd": "a\x00b"}
    return RawMessage(body, headers, queue, "not a enrollment.completed/v1", "", None)


async def test_a_letter_is_shown_replayed_once_and_reaches_its_queue_alone(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    write_down(session, [letter()])
    await session.commit()
    [listed] = (await client.get(BASE, headers=admin.headers)).json()["items"]

    detail = (await client.get(f"{BASE}/{listed['id']}", headers=admin.headers)).json()
    first = await client.post(f"{BASE}/{listed['id']}/replay", headers=admin.headers)
    again = await client.post(f"{BASE}/{listed['id']}/replay", headers=admin.headers)

    assert detail["cause"] == "not a enrollment.completed/v1"
    assert detail["size_bytes"] == 10
    assert (first.status_code, again.status_code) == (200, 409)
    assert first.json()["status"] == "REPLAYED"
    rows = (await session.execute(text("SELECT * FROM outbox WHERE target <> ''"))).all()
    assert [row.target for row in rows] == [QUEUE]
    assert not [name for name in rows[0].headers if name in {"x-queue", "x-death"}]
    [told] = await published(session, DeadLetterReplayed)
    assert (str(told.dead_letter_id), told.settled_by) == (listed["id"], admin.user_id)


async def test_letters_are_replayed_by_queue_and_dropped_for_good(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    write_down(session, [letter(), letter(body=b"2"), letter(queue="payment-service.x.y")])
    await session.commit()

    replayed = await client.post(f"{BASE}/replay", json={"queue": QUEUE}, headers=admin.headers)
    unnamed = await client.post(f"{BASE}/replay", json={}, headers=admin.headers)
    waiting = await client.get(BASE, params={"status": "WAITING"}, headers=admin.headers)
    [left] = waiting.json()["items"]
    dropped = [await client.delete(f"{BASE}/{left['id']}", headers=admin.headers) for _ in "12"]

    assert replayed.json() == {"replayed": 2}
    assert unnamed.status_code == 422
    assert [one.status_code for one in dropped] == [204, 204]
    assert len(await published(session, DeadLetterReplayed)) == 2
    [told] = await published(session, DeadLetterDropped)
    assert (str(told.dead_letter_id), told.settled_by) == (left["id"], admin.user_id)


async def test_a_message_that_nobody_listens_to_has_no_queue_to_go_back_to(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    write_down(session, [letter(queue=None)])
    await session.commit()
    [listed] = (await client.get(BASE, headers=admin.headers)).json()["items"]

    answer = await client.post(f"{BASE}/{listed['id']}/replay", headers=admin.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "not-replayable")


async def test_the_desk_is_the_admins_alone(client: AsyncClient, make_caller: MakeCaller) -> None:
    answers = [await client.get(BASE, headers=make_caller(role).headers) for role in Role]

    assert [one.status_code for one in answers] == [403, 403, 403, 403, 200]
