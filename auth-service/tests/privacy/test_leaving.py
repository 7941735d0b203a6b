"""Leaving for good: who may, what proves it, what is left, and who has to answer."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.database import Model
from auth_service.media.consumers import copy_asset
from auth_service.media.models import Asset
from auth_service.privacy.consumers import record_answer
from auth_service.privacy.models import Erasure, ErasureAnswer
from auth_service.privacy.register import REGISTER
from auth_service.privacy.schedules import AT_ONCE, press_for_answers, silent
from auth_service.privacy.service import ANSWERING
from auth_service.sessions.models import AuthSession
from auth_service.settings import Settings
from auth_service.social.models import FollowCount, UserReport
from contracts.access import Role, UserDeleted
from contracts.auth import SessionRefused
from contracts.media import MediaKind, MediaUploaded, Purpose
from contracts.privacy import ErasureCompleted
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.privacy.again import looking_again
from servicekit.testing.messages import published, receive
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.privacy import everything
from servicekit.testing.waiting import eventually

ME = "/api/v1/users/me"
PASSWORD = "correct horse battery"
CANARY = "Canarina Quill"


class Context:
    """What the schedules of a worker are given."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions


async def leave(
    client: httpx2.AsyncClient, person: SignedIn, password: str | None = None
) -> httpx2.Response:
    body = None if password is None else {"current_password": password}
    return await client.request("DELETE", ME, headers=person.headers, json=body)


@pytest.fixture
async def sign_in_was_long_ago(sessions: Sessions, person: SignedIn) -> None:
    async with sessions.begin() as session:
        await session.execute(update(AuthSession).values(started_at=now() - timedelta(hours=1)))


async def test_whoever_leaves_is_gone_at_once_and_everybody_is_told(
    client: httpx2.AsyncClient, make_person: MakePerson, session: AsyncSession, settings: Settings
) -> None:
    email = "canarina.quill@example.com"
    leaver = await make_person(full_name=CANARY, email=email, hospital_name="Quill Hospital")
    other = await make_person(full_name="Ben Iyer")
    for path in (f"social/{leaver.id}/follow", f"social/{leaver.id}/block"):
        await client.post(f"/api/v1/{path}", headers=other.headers)
    report = {"reason": f"{CANARY} is rude."}
    await client.post(f"/api/v1/social/{leaver.id}/report", json=report, headers=other.headers)
    await client.post("/api/v1/auth/otp/request", json={"email": email})

    assert (await leave(client, leaver)).status_code == 204

    async def is_stale() -> bool:
        answer = await client.get("/api/v1/auth/me", headers=leaver.headers)
        return str(answer.json().get("code")) == "token-stale"

    assert await eventually(is_stale, within=2)
    body = {"refresh_token": leaver.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401
    login = {"email": email, "password": PASSWORD}
    refused = await client.post("/api/v1/auth/login", json=login)
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials-wrong")

    left = await everything(session, Model.metadata)
    assert "anarina" not in left
    assert "Quill" not in left
    [deleted] = await published(session, UserDeleted)
    [report_row] = await session.scalars(select(UserReport))
    assert (report_row.reported_id, report_row.reporter_id) == (deleted.tombstone_id, other.id)
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts["users"]) == ("auth-service", 1)
    assert (
        await client.get(f"/api/v1/profile/{leaver.id}", headers=other.headers)
    ).status_code == 404


async def test_a_follower_who_left_is_not_counted(
    client: httpx2.AsyncClient, make_person: MakePerson, person: SignedIn, session: AsyncSession
) -> None:
    followed, follower = await make_person(), await make_person()
    await client.post(f"/api/v1/social/{followed.id}/follow", headers=person.headers)
    await client.post(f"/api/v1/social/{person.id}/follow", headers=follower.headers)

    await leave(client, person)

    counts = {one.user_id: one for one in await session.scalars(select(FollowCount))}
    assert counts[followed.id].followers == 0
    assert counts[follower.id].following == 0


async def test_the_address_is_free_again_for_a_new_person(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    await leave(client, person)
    again = await make_person(email=person.email)

    assert again.id != person.id


@pytest.mark.usefixtures("sign_in_was_long_ago")
async def test_a_stolen_token_alone_erases_nobody(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    stolen = await leave(client, person)
    guessed = await leave(client, person, "something wrong")

    assert (stolen.status_code, stolen.json()["code"]) == (403, "fresh-proof-needed")
    assert (guessed.status_code, guessed.json()["code"]) == (403, "current-password-wrong")
    assert await published(session, UserDeleted) == []
    [told] = await published(session, SessionRefused)
    assert (told.user_id, told.cause, told.sid is None) == (person.id, "WRONG_PASSWORD", False)
    assert (await leave(client, person, PASSWORD)).status_code == 204


async def test_erasing_twice_says_it_once(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    path = f"/api/v1/users/{person.id}"
    answers = [await client.delete(path, headers=admin.headers) for _ in range(2)]

    assert [one.status_code for one in answers] == [204, 204]
    [deleted] = await published(session, UserDeleted)
    assert (deleted.user_id, deleted.deleted_by) == (person.id, admin.id)
    unknown = await client.delete(f"/api/v1/users/{uuid7()}", headers=admin.headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "user-not-found")


async def test_two_wishes_at_once_are_one(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    answers = await asyncio.gather(*(leave(client, person) for _ in range(3)))

    # Whoever comes a moment later holds a token of nobody.
    assert {one.status_code for one in answers} <= {204, 401}
    assert len(await published(session, UserDeleted)) == 1


async def test_the_last_admin_stays(
    client: httpx2.AsyncClient, admin: SignedIn, session: AsyncSession, make_person: MakePerson
) -> None:
    last = await leave(client, admin)
    aside = await client.delete(f"/api/v1/users/{admin.id}", headers=admin.headers)

    assert (last.status_code, last.json()["code"]) == (409, "last-admin")
    assert (aside.status_code, aside.json()["code"]) == (409, "own-erasure")
    await make_person(role=Role.ADMIN)
    assert (await leave(client, admin)).status_code == 204


async def test_late_news_bring_nobody_back(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    await leave(client, person)
    late = MediaUploaded(
        version=1,
        asset_id=uuid7(),
        owner_id=person.id,
        purpose=Purpose.AVATAR,
        kind=MediaKind.IMAGE,
        key="quarantine/late",
        content_type="image/png",
        filename="me.png",
        size_bytes=1,
        sha256="0" * 64,
    )

    assert await receive(session, on(MediaUploaded, copy_asset, batch=1), late)
    assert list(await session.scalars(select(Asset))) == []


async def answered_by(session: AsyncSession, erasure_id: UUID, service: str) -> None:
    answer = ErasureCompleted(version=1, erasure_id=erasure_id, service=service, counts={"rows": 1})
    assert await receive(session, on(ErasureCompleted, record_answer, batch=1), answer)


async def test_an_erasure_is_complete_with_the_last_answer(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    await leave(client, person)
    [erasure] = await session.scalars(select(Erasure))
    erasure_id = erasure.id
    for name in (*ANSWERING[:-1], ANSWERING[0]):
        await answered_by(session, erasure_id, name)
    [erasure] = await session.scalars(select(Erasure))
    assert erasure.completed_at is None

    await answered_by(session, erasure_id, ANSWERING[-1])

    [erasure] = await session.scalars(select(Erasure))
    assert erasure.completed_at is not None
    assert len(list(await session.scalars(select(ErasureAnswer)))) == len(ANSWERING)


async def test_who_does_not_answer_is_told_again_and_reported(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, sessions: Sessions
) -> None:
    await leave(client, person)
    [erasure] = await session.scalars(select(Erasure))
    erasure_id = erasure.id
    for name in ANSWERING[1:]:
        await answered_by(session, erasure_id, name)
    ago = now() - timedelta(minutes=11)
    await session.execute(update(Erasure).values(requested_at=ago, asked_at=ago))
    await session.commit()

    context: Any = Context(sessions)
    await press_for_answers(context)
    await press_for_answers(context)

    told = await published(session, UserDeleted)
    assert [one.version for one in told] == [told[0].version, told[0].version + 1]
    assert silent.labels("auth-service")._value.get() == 1
    assert silent.labels("course-service")._value.get() == 0


async def test_what_was_under_way_is_found_when_looking_again(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    sessions: Sessions,
    app: FastAPI,
) -> None:
    await leave(client, person)
    session.add(
        Asset(
            id=uuid7(), owner_id=person.id, purpose=Purpose.AVATAR, status="UPLOADED", renditions={}
        )
    )
    await session.execute(text("UPDATE tombstones SET look_again_at = now()"))
    await session.commit()

    context: Any = Context(sessions)
    await looking_again(REGISTER).function(context)

    assert list(await session.scalars(select(Asset))) == []
    assert await session.scalar(text("SELECT looks FROM tombstones")) == 1
    assert await session.get(User, person.id) is None


async def test_however_many_are_open_all_are_counted_and_none_is_passed_over(
    session: AsyncSession, sessions: Sessions
) -> None:
    ago = now() - timedelta(hours=1)
    for number in range(AT_ONCE + 5):
        erasure = Erasure(user_id=uuid7(), version=1, deleted_by=None)
        erasure.requested_at = erasure.asked_at = ago + timedelta(seconds=number)
        session.add(erasure)
    await session.commit()

    context: Any = Context(sessions)
    await press_for_answers(context)
    assert silent.labels("course-service")._value.get() == AT_ONCE + 5
    await press_for_answers(context)

    told = {one.user_id for one in await published(session, UserDeleted)}
    assert len(told) == AT_ONCE + 5
