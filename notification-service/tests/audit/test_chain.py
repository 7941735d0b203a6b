"""The chain holds under concurrent consumers, and shows where somebody changed it."""

import asyncio
import hashlib
import json
import time
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.notification import AuditVerified, DeadLetterDropped
from notification_service import verify_audit
from notification_service.audit.consumers import record_acts
from notification_service.audit.models import AuditCircumstance, AuditEntry
from notification_service.audit.service import verify
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

AUDIT = "/api/v1/audit"
Superuser = psycopg.AsyncConnection[Any]


async def cut_off(superuser: Superuser, *, after: int) -> None:
    """The end of the chain with its marks and all."""
    for name in ("audit_entries", "audit_anchors", "audit_circumstances"):
        gone = sql.SQL("DELETE FROM {} WHERE number > %s").format(sql.Identifier(name))
        await superuser.execute(gone, [after])


@pytest.fixture
async def chain_of_ten(record: Any, raised: Any, signed_in: Any) -> None:
    for _ in range(5):
        await record([raised(), signed_in(uuid7())])


async def test_two_consumers_at_once_write_one_chain_without_gaps(
    sessions: Sessions, session: AsyncSession, raised: Any
) -> None:
    async def consume(times: int) -> None:
        for size in range(times):
            async with sessions.begin() as mine:
                await record_acts(mine, [raised() for _ in range(size % 3 + 1)])

    await asyncio.gather(*(consume(12) for _ in range(4)))

    numbers = (await session.scalars(select(AuditEntry.number).order_by(AuditEntry.number))).all()
    assert numbers == list(range(1, 4 * 24 + 1))
    verdict = await verify(sessions)
    assert (verdict.valid, verdict.entries) == (True, 96)


async def test_a_transaction_that_fails_leaves_no_gap(sessions: Sessions, raised: Any) -> None:
    async with sessions() as session:
        await record_acts(session, [raised()])
        await session.rollback()
    async with sessions.begin() as session:
        await record_acts(session, [raised()])

    assert (await verify(sessions)).head_number == 1


@pytest.mark.usefixtures("chain_of_ten")
async def test_an_untouched_chain_is_valid(
    client: httpx2.AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    last = (await session.scalars(select(AuditEntry).where(AuditEntry.number == 10))).one()

    answer = await client.get(f"{AUDIT}/verify", headers=make_caller(Role.ADMIN).headers)

    assert answer.json() == {
        "valid": True, "entries": 10, "head": last.hash, "head_number": 10, "from_number": 1,
        "first_broken": None, "cause": None, "next_number": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE number = 4", 4),
        ("UPDATE audit_entries SET details = '{\"to_role\": \"admin\"}' WHERE number = 7", 7),
        ("UPDATE audit_entries SET happened_at = '2020-01-01 00:00Z' WHERE number = 3", 3),
        ("UPDATE audit_entries SET hash = repeat('a', 64) WHERE number = 5", 5),
        ("UPDATE audit_entries SET number = number + 100 WHERE number = 6", 6),
        ("DELETE FROM audit_entries WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 1", 1),
        ("DELETE FROM audit_entries WHERE number > 8", 9),
        ("DELETE FROM audit_entries", 1),
        ("UPDATE audit_circumstances SET address = '203.0.113.1' WHERE number = 8", 8),
        ("INSERT INTO audit_circumstances (number, salt, address) VALUES (1, '', '::1')", 1),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("chain_of_ten")
async def test_whatever_a_superuser_changes_is_found_where_it_was_changed(
    client: httpx2.AsyncClient, superuser: Superuser, make_caller: MakeCaller, statement: str,
    where: int,
) -> None:  # fmt: skip
    await superuser.execute(statement)

    answer = await client.get(f"{AUDIT}/verify", headers=make_caller(Role.ADMIN).headers)

    verdict = answer.json()
    assert (verdict["valid"], verdict["first_broken"]) == (False, where)
    assert verdict["cause"]


@pytest.mark.usefixtures("chain_of_ten")
async def test_a_tail_cut_off_with_its_marks_shows_against_a_noted_head_alone(
    client: httpx2.AsyncClient, superuser: Superuser, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    noted = (await client.get(f"{AUDIT}/verify", headers=admin.headers)).json()
    await cut_off(superuser, after=8)

    known = {"known": f"{noted['head_number']}:{noted['head']}"}
    alone = await client.get(f"{AUDIT}/verify", headers=admin.headers)
    noted_before = await client.get(f"{AUDIT}/verify", params=known, headers=admin.headers)
    unreadable = await client.get(f"{AUDIT}/verify", params={"known": "10"}, headers=admin.headers)

    assert alone.json()["valid"] is True
    assert (noted_before.json()["valid"], noted_before.json()["first_broken"]) == (False, 9)
    assert unreadable.status_code == 422


@pytest.mark.usefixtures("chain_of_ten")
async def test_a_chain_written_anew_from_the_first_change_on_shows_by_its_marks(
    sessions: Sessions, superuser: Superuser, raised: Any
) -> None:
    await superuser.execute("CREATE TABLE kept AS SELECT * FROM audit_anchors")
    await cut_off(superuser, after=4)
    for _ in range(3):
        async with sessions.begin() as session:
            await record_acts(session, [raised(), raised()])
    await superuser.execute("DELETE FROM audit_anchors")
    await superuser.execute("INSERT INTO audit_anchors SELECT * FROM kept")

    verdict = await verify(sessions)

    assert (verdict.valid, verdict.first_broken) == (False, 6)
    assert verdict.cause == "the chain was written anew"


@pytest.mark.usefixtures("chain_of_ten")
async def test_acts_are_recorded_behind_a_cut_too_and_the_cut_still_shows(
    sessions: Sessions, superuser: Superuser, record: Any, raised: Any, signed_in: Any
) -> None:
    await superuser.execute("DELETE FROM audit_entries WHERE number > 7")

    await record([raised(), raised(), signed_in(uuid7())])

    verdict = await verify(sessions)
    assert (verdict.valid, verdict.first_broken) == (False, 8)


@pytest.mark.usefixtures("chain_of_ten")
async def test_what_is_personal_can_go_and_the_chain_still_holds(
    sessions: Sessions, session: AsyncSession
) -> None:
    await session.execute(text("DELETE FROM audit_circumstances"))
    await session.commit()

    assert (await session.scalars(select(AuditCircumstance))).all() == []
    assert (await verify(sessions)).valid


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET cause = 'none'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_anchors SET hash = ''",
        "DELETE FROM audit_anchors",
        "TRUNCATE audit_anchors",
        "UPDATE audit_circumstances SET address = NULL",
        "TRUNCATE audit_circumstances",
    ],
)
@pytest.mark.usefixtures("chain_of_ten")
async def test_the_service_itself_cannot_change_what_stands_there(
    sessions: Sessions, session: AsyncSession, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match="only added to"):
        await session.execute(text(statement))
    await session.rollback()

    assert (await verify(sessions)).entries == 10


async def test_an_export_lets_an_outsider_check_the_chain(
    client: httpx2.AsyncClient, record: Any, raised: Any, signed_in: Any, make_caller: MakeCaller
) -> None:
    await record([signed_in(uuid7()), *(raised() for _ in range(30))])

    answer = await client.get(f"{AUDIT}/export", headers=make_caller(Role.ADMIN).headers)

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "198.51.100.7" not in answer.text
    before = "0" * 64
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 31
    for count, entry in enumerate(lines, start=1):
        own = entry.pop("hash")
        hashed = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(hashed.encode()).hexdigest() == own
        assert (entry["number"], entry["previous_hash"]) == (count, before)
        before = own


async def test_an_export_for_spreadsheets_computes_nothing(
    client: httpx2.AsyncClient, record: Any, make_caller: MakeCaller, raised: Any
) -> None:
    dropped = DeadLetterDropped(
        version=1, dead_letter_id=uuid7(), queue='=HYPERLINK("http://x")', settled_by=uuid7()
    )
    await record([raised(), dropped.stamped(uuid7(), raised().happened_at)])

    answer = await client.get(
        f"{AUDIT}/export",
        params={"format": "CSV", "from_number": 2, "to_number": 9},
        headers=make_caller(Role.ADMIN).headers,
    )

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, row = answer.text.splitlines()
    assert header.startswith("number,event_id,action")
    assert row.startswith("2,")
    assert ",=" not in answer.text
    assert ',"=' not in answer.text


async def test_thousands_are_followed_in_seconds_while_others_are_served(
    client: httpx2.AsyncClient, sessions: Sessions, raised: Any, make_caller: MakeCaller
) -> None:
    admin = make_caller(Role.ADMIN)
    for _ in range(50):
        async with sessions.begin() as session:
            await record_acts(session, [raised() for _ in range(100)])
    longest, done = 0.0, asyncio.Event()

    async def look_at_the_clock() -> None:
        nonlocal longest
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - before)

    watching = asyncio.create_task(look_at_the_clock())
    started = time.perf_counter()
    answer = await client.get(f"{AUDIT}/verify", headers=admin.headers)
    took = time.perf_counter() - started
    done.set()
    await watching

    assert (answer.json()["valid"], answer.json()["entries"]) == (True, 5000)
    assert longest < took / 2


async def test_a_long_chain_is_followed_in_parts_that_join(
    sessions: Sessions, client: httpx2.AsyncClient, record: Any, raised: Any,
    make_caller: MakeCaller,
) -> None:  # fmt: skip
    await record([raised() for _ in range(25)])

    first = await verify(sessions, at_once=10)
    rest = await client.get(
        f"{AUDIT}/verify",
        params={"from_number": first.next_number, "to_number": 20},
        headers=make_caller(Role.ADMIN).headers,
    )
    beyond = await verify(sessions, start=40)

    assert (first.valid, first.entries, first.next_number) == (True, 10, 11)
    assert {"entries": 10, "head_number": 20, "valid": True}.items() <= rest.json().items()
    assert (beyond.valid, beyond.first_broken) == (False, 26)


async def test_the_command_fails_on_a_broken_chain(
    settings: Any, sessions: Sessions, superuser: Superuser, record: Any, raised: Any,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await record([raised() for _ in range(3)])
    monkeypatch.setattr(verify_audit, "Settings", lambda: settings)
    head = (await verify(sessions)).head

    sound = await asyncio.to_thread(verify_audit.main, [])
    noted = await asyncio.to_thread(verify_audit.main, ["--known", f"3:{head}"])
    await superuser.execute("UPDATE audit_entries SET cause = 'x' WHERE number = 2")
    broken = await asyncio.to_thread(verify_audit.main, [])

    assert (sound, noted, broken) == (0, 0, 1)
    told = capsys.readouterr()
    assert f"the last is 3:{head}" in told.out
    assert "broken at 2: it was changed" in told.err


async def test_asking_beyond_the_end_raises_no_alarm(
    client: httpx2.AsyncClient, session: AsyncSession, record: Any, raised: Any,
    make_caller: MakeCaller,
) -> None:  # fmt: skip
    await record([raised() for _ in range(3)])
    headers = make_caller(Role.ADMIN).headers

    async def ask(**params: Any) -> httpx2.Response:
        return await client.get(f"{AUDIT}/verify", params=params, headers=headers)

    behind, beyond = await ask(from_number=4), await ask(from_number=5)
    lost = await ask(from_number=5, known=f"9:{'0' * 64}")

    assert (behind.status_code, behind.json()["valid"], behind.json()["entries"]) == (200, True, 0)
    assert (beyond.status_code, beyond.json()["code"]) == (422, "number-beyond-end")
    assert lost.json()["valid"] is False
    told = await published(session, AuditVerified)
    assert [one.valid for one in told] == [True, False]
