"""Licences: submitted, looked at, decided on, lapsed."""

import asyncio
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import jwt
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.media.models import Asset, AssetStatus
from auth_service.verification.models import Verification
from auth_service.verification.schedules import lapse_documents
from contracts.access import Role, UserVerificationChanged
from contracts.auth import VerificationOpened, VerificationReviewed, VerificationSubmitted
from contracts.media import Purpose
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.waiting import eventually

PATH = "/api/v1/verification"
LICENCE = {
    "document_type": "MEDICAL_LICENSE",
    "license_number": "MH-1",
    "council": "Maharashtra Medical Council",
    "country": "India",
    "asset_id": str(uuid7()),
}
APPROVE = {"action": "APPROVE", "notes": "Seen"}


async def submit(client: httpx2.AsyncClient, person: SignedIn, **more: Any) -> httpx2.Response:
    return await client.post(PATH, json={**LICENCE, **more}, headers=person.headers)


async def verified_after_refresh(client: httpx2.AsyncClient, person: SignedIn) -> bool:
    body = {"refresh_token": person.refresh_token}
    answer = await client.post("/api/v1/auth/refresh", json=body)
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return bool(claims["verified"])


@pytest.fixture
async def moderator(make_person: MakePerson) -> SignedIn:
    return await make_person(role=Role.MODERATOR)


async def make_asset(session: AsyncSession, owner: SignedIn, **more: Any) -> Asset:
    asset = Asset(
        **{
            "id": uuid7(),
            "owner_id": owner.id,
            "purpose": Purpose.LICENSE,
            "status": AssetStatus.READY,
            "key": "private/licence.pdf",
            "renditions": {},
        }
        | more
    )
    session.add(asset)
    await session.commit()
    return asset


async def test_an_approved_licence_makes_its_owner_verified_at_the_next_refresh(
    client: httpx2.AsyncClient, person: SignedIn, moderator: SignedIn, session: AsyncSession
) -> None:
    asset = await make_asset(session, person)
    submitted = await submit(client, person, asset_id=str(asset.id), expires_on="2090-01-31")
    assert (submitted.status_code, submitted.json()["status"]) == (201, "SUBMITTED")
    path = f"{PATH}/{submitted.json()['id']}"

    queue = (await client.get(f"{PATH}/queue", headers=moderator.headers)).json()["items"]
    assert [one["id"] for one in queue] == [submitted.json()["id"]]
    opened = (await client.get(path, headers=moderator.headers)).json()
    assert opened["status"] == "IN_REVIEW"
    signed = urlsplit(opened["document_url"])
    assert signed.path == "/storage/private/licence.pdf"
    left_secs = int(parse_qs(signed.query)["expires"][0]) - now().timestamp()
    assert 1790 < left_secs <= 1801
    decided = await client.post(f"{path}/review", json=APPROVE, headers=moderator.headers)
    assert (decided.status_code, decided.json()["status"]) == (200, "APPROVED")

    me = (await client.get(f"{PATH}/me", headers=person.headers)).json()
    assert (me["verified"], me["status"], me["items"][0]["notes"]) == (True, "APPROVED", "Seen")
    assert (await client.get("/api/v1/auth/me", headers=person.headers)).status_code == 200
    assert await verified_after_refresh(client, person)
    [change] = await published(session, UserVerificationChanged)
    assert (change.verified, change.not_before, str(change.expires_on)) == (
        True,
        None,
        "2090-01-31",
    )
    assert (change.from_status, change.to_status) == ("IN_REVIEW", "APPROVED")
    assert len(await published(session, VerificationSubmitted)) == 1
    [reviewed] = await published(session, VerificationReviewed)
    [opening] = await published(session, VerificationOpened)
    assert reviewed.version > opening.version > 1
    assert str(opening.opened_by) == str(moderator.id)


async def test_a_refused_licence_verifies_nobody_and_may_be_followed_by_another(
    client: httpx2.AsyncClient, person: SignedIn, moderator: SignedIn, session: AsyncSession
) -> None:
    first = await submit(client, person)
    path = f"{PATH}/{first.json()['id']}/review"
    refused = {"action": "REJECT", "notes": "Not legible"}
    assert (await client.post(path, json=refused, headers=moderator.headers)).status_code == 200
    again = await client.post(path, json=APPROVE, headers=moderator.headers)

    assert (again.status_code, again.json()["code"]) == (409, "verification-decided")
    assert not await verified_after_refresh(client, person)
    assert (await submit(client, person)).status_code == 201
    [change] = await published(session, UserVerificationChanged)
    assert (change.verified, change.not_before, change.notes) == (False, None, "Not legible")


async def test_one_document_of_a_kind_waits_at_a_time(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    first, second = await submit(client, person), await submit(client, person)
    other = await submit(client, person, document_type="DEGREE")

    assert (first.status_code, second.status_code, other.status_code) == (201, 409, 201)


async def test_only_a_licence_verifies(
    client: httpx2.AsyncClient, person: SignedIn, moderator: SignedIn
) -> None:
    submitted = await submit(client, person, document_type="ID_CARD")
    path = f"{PATH}/{submitted.json()['id']}/review"
    await client.post(path, json=APPROVE, headers=moderator.headers)

    assert not await verified_after_refresh(client, person)


async def test_nobody_reviews_their_own(client: httpx2.AsyncClient, moderator: SignedIn) -> None:
    submitted = await submit(client, moderator)
    path = f"{PATH}/{submitted.json()['id']}/review"
    answer = await client.post(path, json=APPROVE, headers=moderator.headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "own-verification")


async def test_of_two_moderators_at_once_one_decides_and_nobody_decides_again(
    client: httpx2.AsyncClient,
    person: SignedIn,
    moderator: SignedIn,
    admin: SignedIn,
    session: AsyncSession,
) -> None:
    path = f"{PATH}/{(await submit(client, person)).json()['id']}/review"
    reject = {"action": "REJECT", "notes": "Blurred"}
    answers = await asyncio.gather(
        client.post(path, json=APPROVE, headers=moderator.headers),
        client.post(path, json=reject, headers=admin.headers),
    )
    late = await client.post(path, json=APPROVE, headers=moderator.headers)

    assert sorted(one.status_code for one in answers) == [200, 409]
    assert (late.status_code, late.json()["code"]) == (409, "verification-decided")
    assert len(await published(session, VerificationReviewed)) == 1


async def test_only_moderators_see_the_queue(client: httpx2.AsyncClient, person: SignedIn) -> None:
    submitted = (await submit(client, person)).json()["id"]
    paths = (f"{PATH}/queue", f"{PATH}/{submitted}")
    answers = [await client.get(path, headers=person.headers) for path in paths]
    review = await client.post(f"{PATH}/{submitted}/review", json=APPROVE, headers=person.headers)

    assert {one.status_code for one in (*answers, review)} == {403}


async def test_what_nobody_submitted_is_not_found(
    client: httpx2.AsyncClient, moderator: SignedIn
) -> None:
    opened = await client.get(f"{PATH}/{uuid4()}", headers=moderator.headers)
    decided = await client.post(f"{PATH}/{uuid4()}/review", json=APPROVE, headers=moderator.headers)

    assert (opened.status_code, decided.status_code) == (404, 404)


async def test_the_document_must_be_the_callers_and_a_licence(
    client: httpx2.AsyncClient,
    person: SignedIn,
    make_person: MakePerson,
    session: AsyncSession,
    moderator: SignedIn,
) -> None:
    stranger = await make_person()
    foreign = await make_asset(session, stranger)
    avatar = await make_asset(session, person, purpose=Purpose.AVATAR)
    assert (await submit(client, person, asset_id=str(foreign.id))).status_code == 404
    assert (await submit(client, person, asset_id=str(avatar.id))).status_code == 409

    early = uuid7()
    submitted = await submit(client, person, asset_id=str(early))
    assert submitted.status_code == 201
    await make_asset(session, stranger, id=early)
    path = f"{PATH}/{submitted.json()['id']}"
    opened = await client.get(path, headers=moderator.headers)
    assert opened.json()["document_url"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"license_number": None},
        {"council": None},
        {"country": "\x00"},
        {"expires_on": "2001-01-01"},
        {"expires_on": "soon"},
        {"document_type": "PASSPORT"},
        {"asset_id": "17"},
        {"asset_id": None},
        {"status": "APPROVED"},
    ],
)
async def test_an_incomplete_submission_is_refused(
    client: httpx2.AsyncClient, person: SignedIn, wrong: dict[str, Any]
) -> None:
    assert (await submit(client, person, **wrong)).status_code == 422


async def test_a_renewed_licence_is_what_counts_when_the_former_one_lapses(
    client: httpx2.AsyncClient,
    person: SignedIn,
    moderator: SignedIn,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    for last_day in ("2090-01-31", "2095-01-31"):
        submitted = await submit(client, person, expires_on=last_day)
        path = f"{PATH}/{submitted.json()['id']}/review"
        await client.post(path, json=APPROVE, headers=moderator.headers)
    yesterday = now().date() - timedelta(days=1)
    former = update(Verification).where(Verification.expires_on < date(2091, 1, 1))
    await session.execute(former.values(expires_on=yesterday))
    await session.commit()

    context: Any = type("Context", (), {"sessions": sessions})
    await lapse_documents(context)

    own = (await client.get(f"{PATH}/me", headers=person.headers)).json()
    assert (own["verified"], own["status"]) == (True, "APPROVED")
    assert [one["status"] for one in own["items"]] == ["APPROVED", "EXPIRED"]


async def test_a_licence_lapses_and_older_tokens_die(
    client: httpx2.AsyncClient,
    person: SignedIn,
    moderator: SignedIn,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    submitted = await submit(client, person, expires_on="2090-01-31")
    path = f"{PATH}/{submitted.json()['id']}/review"
    await client.post(path, json=APPROVE, headers=moderator.headers)
    yesterday = now().date() - timedelta(days=1)
    await session.execute(update(Verification).values(expires_on=yesterday))
    await session.commit()

    context: Any = type("Context", (), {"sessions": sessions})
    await lapse_documents(context)
    await lapse_documents(context)

    last = (await published(session, UserVerificationChanged))[-1]
    assert (last.to_status, last.verified) == ("EXPIRED", False)
    assert last.not_before is not None
    user = await session.get(User, person.id)
    assert user is not None
    assert not user.verified

    async def token_is_stale() -> bool:
        answer = await client.get("/api/v1/auth/me", headers=person.headers)
        return answer.status_code == 401

    assert await eventually(token_is_stale, within=3)
    assert not await verified_after_refresh(client, person)


async def test_licences_lapse_however_many_there_are(
    client: httpx2.AsyncClient,
    make_person: MakePerson,
    moderator: SignedIn,
    session: AsyncSession,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("auth_service.verification.schedules.AT_ONCE", 1)
    for _ in range(3):
        submitted = await submit(client, await make_person(), expires_on="2090-01-31")
        path = f"{PATH}/{submitted.json()['id']}/review"
        await client.post(path, json=APPROVE, headers=moderator.headers)
    yesterday = now().date() - timedelta(days=1)
    await session.execute(update(Verification).values(expires_on=yesterday))
    await session.commit()

    context: Any = type("Context", (), {"sessions": sessions})
    await lapse_documents(context)

    assert set(await session.scalars(select(Verification.status))) == {"EXPIRED"}


async def test_no_token_outlives_the_licence_that_it_speaks_of(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    soon = now() + timedelta(seconds=30)
    await session.execute(update(User).where(User.id == person.id).values(verified_until=soon))
    await session.commit()
    body = {"refresh_token": person.refresh_token}
    fresh = (await client.post("/api/v1/auth/refresh", json=body)).json()

    claims = jwt.decode(fresh["access_token"], options={"verify_signature": False})
    assert (claims["verified"], claims["exp"]) == (True, pytest.approx(soon.timestamp(), abs=1))
    assert 25 <= fresh["expires_in"] <= 30
