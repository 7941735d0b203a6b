"""What happened becomes one entry, seen by admins alone and without secrets."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role, UserDeleted, UserRoleChanged, UserSuspended
from contracts.auth import OtpRequested, SessionRefused, SessionStarted
from contracts.content import PostRemoved
from contracts.event import Account
from contracts.notification import AuditExported, AuditSearched, AuditVerified, RetryRequested
from notification_service import retry
from notification_service.audit.acts import AUDITED
from notification_service.audit.consumers import record_acts
from notification_service.audit.models import AuditCircumstance, AuditEntry
from notification_service.audit.service import verify
from notification_service.database import Model
from notification_service.privacy.consumers import erase_person
from notification_service.settings import Settings
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import on, on_batch
from servicekit.sealing import seal
from servicekit.testing.messages import published, receive
from servicekit.testing.plugin import MakeCaller
from servicekit.testing.privacy import deletion_of, everything

AUDIT = "/api/v1/audit"
ROLE = on_batch(UserRoleChanged, record_acts)


async def shown(client: httpx2.AsyncClient, caller: Any, **wanted: Any) -> list[dict[str, Any]]:
    answer = await client.get(AUDIT, params=wanted, headers=caller.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_act_becomes_one_entry_however_often_it_is_told(
    client: httpx2.AsyncClient, session: AsyncSession, make_caller: MakeCaller, raised: Any
) -> None:
    admin = make_caller(Role.ADMIN)
    event = raised(by=admin.user_id)

    assert await receive(session, ROLE, event) is True
    assert await receive(session, ROLE, event) is False
    # A range of the archive told again comes without an inbox row.
    await record_acts(session, [event])
    await session.commit()

    [entry] = await shown(client, admin)
    assert (entry["number"], entry["action"]) == (1, "user.role_changed")
    assert (entry["actor_id"], entry["outcome"]) == (str(admin.user_id), "DONE")
    assert (entry["resource_type"], entry["resource_id"]) == ("user", str(event.user_id))
    assert entry["details"] == {"from_role": "student", "to_role": "instructor"}
    assert entry["event_id"] == str(event.event_id)
    assert entry["happened_at"] <= entry["recorded_at"]


async def test_where_from_and_why_are_shown_and_stand_beside_the_chain(
    client: httpx2.AsyncClient, session: AsyncSession, make_caller: MakeCaller, signed_in: Any
) -> None:
    started = signed_in(uuid7())
    suspended = UserSuspended(
        version=1, user_id=uuid7(), reason="Sold prescriptions", not_before=now(),
        suspended_by=uuid7(),
    )  # fmt: skip
    await receive(session, on_batch(SessionStarted, record_acts), started)
    await receive(session, on_batch(UserSuspended, record_acts), suspended)

    [why, where] = await shown(client, make_caller(Role.ADMIN))
    assert (where["address"], where["device"]) == ("198.51.100.7", "Firefox on Debian")
    assert why["note"] == "Sold prescriptions"
    in_chain = (await session.execute(text("SELECT audit_entries::text FROM audit_entries"))).all()
    assert "198.51" not in str(in_chain)
    assert "Sold" not in str(in_chain)


async def test_a_wrong_password_of_somebody_signed_in_tells_which_session_asked(
    client: httpx2.AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    guessed = SessionRefused(
        version=1, user_id=uuid7(), cause="WRONG_PASSWORD", sid=uuid7(), address="198.51.100.7"
    )
    await receive(session, on_batch(SessionRefused, record_acts), guessed)

    [entry] = await shown(client, make_caller(Role.ADMIN))
    assert (entry["action"], entry["outcome"]) == ("session.refused", "REFUSED")
    assert (entry["resource_id"], entry["actor_id"]) == (str(guessed.user_id), None)
    assert (entry["cause"], entry["details"]) == ("WRONG_PASSWORD", {"sid": str(guessed.sid)})
    assert entry["address"] == "198.51.100.7"


async def test_messages_that_are_retried_at_the_command_line_leave_an_entry(
    session: AsyncSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "Settings", lambda: settings)
    monkeypatch.setattr("notification_service.settings.Settings", lambda: settings)
    queue = "notification-service.people.copy_person"
    waiting = text("""
        INSERT INTO deferred (handler, event_id, aggregate, body, headers, attempt, due)
        VALUES (:queue, gen_random_uuid(), 'user/1', '', '{}', 1, now() + interval '1 hour')
    """)
    await session.execute(waiting, {"queue": queue})
    await session.commit()

    assert await asyncio.to_thread(retry.main, [queue]) == 0
    assert await session.scalar(text("SELECT due <= now() FROM deferred")) is True
    [asked] = await published(session, RetryRequested)
    await receive(session, on_batch(RetryRequested, record_acts), asked)

    [entry] = (await session.scalars(select(AuditEntry))).all()
    assert (entry.action, entry.outcome, entry.actor_id) == ("retry.requested", "ASKED", None)
    assert entry.details == {"queue": queue}
    with pytest.raises(SystemExit):
        await asyncio.to_thread(retry.main, ["everything"])


async def test_a_code_that_was_asked_for_leaves_an_entry_without_code_or_destination(
    session: AsyncSession, settings: Settings
) -> None:
    sealed = seal(settings.sealing_keys, {"link": None, "code": "canary-042917"})
    asked = OtpRequested(
        version=1, channel="EMAIL", sealed=sealed, expires_at=now() + timedelta(minutes=5),
        person=Account(email="canary@demo.docfliq.test"),
    )  # fmt: skip
    await receive(session, on_batch(OtpRequested, record_acts), asked)

    [entry] = (await session.scalars(select(AuditEntry))).all()
    assert (entry.action, entry.outcome, entry.actor_id) == ("otp.requested", "ASKED", None)
    assert (await session.scalars(select(AuditCircumstance))).all() == []
    kept = await everything(session, Model.metadata)
    assert "canary" not in kept
    assert sealed not in kept


async def test_erasure_takes_what_is_personal_and_late_news_bring_nothing_back(
    sessions: Sessions, session: AsyncSession, signed_in: Any
) -> None:
    person, other = uuid7(), uuid7()
    started = on_batch(SessionStarted, record_acts)
    for user_id in (person, other):
        await receive(session, started, signed_in(user_id))

    await receive(session, on(UserDeleted, erase_person, batch=1), deletion_of(person))
    await receive(session, started, signed_in(person))

    kept = (await session.scalars(select(AuditCircumstance))).all()
    assert [one.person_id for one in kept] == [other]
    assert {"valid": True, "entries": 3}.items() <= (await verify(sessions)).model_dump().items()


async def test_taking_ones_own_post_away_is_no_act(session: AsyncSession) -> None:
    author, moderator = uuid7(), uuid7()
    removed = on_batch(PostRemoved, record_acts)
    for remover in (author, moderator):
        await receive(
            session,
            removed,
            PostRemoved(version=1, post_id=uuid7(), author_id=author, removed_by=remover),
        )

    [entry] = (await session.scalars(select(AuditEntry))).all()
    assert entry.actor_id == moderator


async def test_entries_are_found_by_who_what_and_when(
    client: httpx2.AsyncClient, record: Any, make_caller: MakeCaller, raised: Any, signed_in: Any
) -> None:
    admin = make_caller(Role.ADMIN)
    first, second = raised(), raised()
    second.stamped(second.event_id, now() + timedelta(hours=1))
    await record([first, second, signed_in(uuid7())])
    user, later = f"user/{first.user_id}", (now() + timedelta(minutes=1)).isoformat()

    async def numbers(**wanted: Any) -> list[int]:
        return [entry["number"] for entry in await shown(client, admin, **wanted)]

    assert await numbers() == [3, 2, 1]
    assert await numbers(actor=str(second.changed_by)) == [2]
    assert await numbers(action="session.started") == [3]
    assert await numbers(resource=user) == [1]
    assert await numbers(resource=str(first.user_id)) == [1]
    assert await numbers(resource="user") == [2, 1]
    assert await numbers(**{"from": later}) == [2]
    assert await numbers(to=later) == [3, 1]
    assert await numbers(action="user.role_changed", actor=str(uuid7())) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"actor": "somebody"},
        {"action": "Robert'); DROP TABLE"},
        {"resource": "user/1"},
        {"resource": "USER/../x"},
        {"from": "yesterday"},
        {"to": "2026-11-21T10:00:00"},
        {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T09:00:00Z"},
        {"limit": 0},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, make_caller: MakeCaller, wanted: dict[str, Any]
) -> None:
    admin = make_caller(Role.ADMIN)

    answer = await client.get(AUDIT, params=wanted, headers=admin.headers)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "cursor", ["x", "WzBd", "Wy0xXQ", "WzFlOTld", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwXQ"]
)
async def test_a_cursor_that_nobody_gave_out_is_refused(
    client: httpx2.AsyncClient, make_caller: MakeCaller, cursor: str
) -> None:
    answer = await client.get(
        AUDIT, params={"cursor": cursor}, headers=make_caller(Role.ADMIN).headers
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_pages_neither_repeat_nor_miss_while_entries_arrive(
    client: httpx2.AsyncClient, record: Any, make_caller: MakeCaller, raised: Any
) -> None:
    admin = make_caller(Role.ADMIN)
    await record([raised() for _ in range(10)])
    seen: list[int] = []
    cursor: str | None = None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(AUDIT, params=params, headers=admin.headers)).json()
        seen += [entry["number"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await record([raised(), raised()])

    assert seen == list(range(10, 0, -1))


@pytest.mark.parametrize("path", ["", "/verify", "/export"])
async def test_the_audit_trail_is_the_admins_alone(
    client: httpx2.AsyncClient, make_caller: MakeCaller, path: str
) -> None:
    answers = [
        await client.get(f"{AUDIT}{path}", headers=make_caller(role).headers) for role in Role
    ]
    stranger = await client.get(f"{AUDIT}{path}")

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 200]
    assert stranger.status_code == 401


async def test_whoever_reads_checks_or_takes_the_trail_away_leaves_an_entry(
    client: httpx2.AsyncClient, session: AsyncSession, record: Any, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    sought = uuid7()
    await shown(client, admin, actor=str(sought), action="user.suspended")
    for path in ("verify", "export"):
        await client.get(f"{AUDIT}/{path}", headers=admin.headers)

    said = [
        event
        for kind in (AuditSearched, AuditVerified, AuditExported)
        for event in await published(session, kind)
    ]
    await record(said)
    entries = await shown(client, admin)

    assert [entry["action"] for entry in entries] == [
        "audit.exported", "audit.verified", "audit.searched"
    ]  # fmt: skip
    assert {entry["actor_id"] for entry in entries} == {str(admin.user_id)}
    assert entries[2]["details"] == {"actor_id": str(sought), "action": "user.suspended"}
    assert entries[1]["details"]["valid"] is True


def test_what_the_table_names_stands_in_the_events() -> None:
    """And what is personal is named by `note` alone."""
    assert len(AUDITED) > 40
    for row in AUDITED:
        named = {*row.details, *filter(None, (row.cause, row.note))}
        assert named <= set(row.event.model_fields), row.event.name
        assert not named & {"person", "sealed", "address", "device", "title"}, row.event.name
        assert not {*row.details, row.cause} & {row.note} - {""}, row.event.name
