"""Signing in by the door."""

import asyncio
from datetime import timedelta
from time import monotonic
from uuid import UUID

import httpx2
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.factors.models import TotpFactor
from auth_service.sessions.models import AuthSession, LoginFailure
from contracts.auth import SessionRefused, SessionStarted
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn
from servicekit.testing.waiting import eventually

LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse battery"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def sign_in_beside(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, sessions: Sessions
) -> httpx2.Response:
    """Sign in while `session` holds the person's row; it commits once the sign-in waits for it."""
    signing_in = asyncio.create_task(
        client.post(LOGIN, json={"email": person.email, "password": PASSWORD})
    )

    async def it_waits() -> int:
        async with sessions() as other:
            return await other.scalar(text(WAITING)) or 0

    await eventually(it_waits)
    await session.commit()
    return await signing_in


async def test_the_password_opens_a_session(client: httpx2.AsyncClient, person: SignedIn) -> None:
    answer = await client.post(LOGIN, json={"email": person.email.upper(), "password": PASSWORD})

    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = await client.get("/api/v1/auth/me", headers=headers)
    assert UUID(me.json()["id"]) == person.id


async def test_the_oauth_form_is_the_same_door(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    form = {"grant_type": "password", "username": person.email, "password": PASSWORD, "scope": ""}
    answer = await client.post("/api/v1/auth/token", data=form)

    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"


async def test_an_unknown_account_and_a_wrong_password_answer_the_same(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    wrong = await client.post(LOGIN, json={"email": person.email, "password": "not this one"})
    unknown = await client.post(
        LOGIN, json={"email": "nobody@example.com", "password": "not this one"}
    )

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    hidden = {"request_id"}
    assert {k: v for k, v in wrong.json().items() if k not in hidden} == {
        k: v for k, v in unknown.json().items() if k not in hidden
    }
    [refused] = await published(session, SessionRefused)
    assert (refused.user_id, refused.cause) == (person.id, "WRONG_PASSWORD")


async def test_a_refusal_takes_as_long_whether_the_account_is_known_or_not(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    taken: dict[str, list[float]] = {person.email: [], "nobody@example.com": []}
    for _ in range(4):
        for email, seconds in taken.items():
            before = monotonic()
            await client.post(LOGIN, json={"email": email, "password": "not this one"})
            seconds.append(monotonic() - before)

    quickest = [min(seconds) for seconds in taken.values()]
    assert min(quickest) > 0.05
    assert max(quickest) < 2 * min(quickest)


@pytest.mark.parametrize("known", [True, False])
async def test_five_failures_lock_the_address_whether_it_is_known_or_not(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, *, known: bool
) -> None:
    email = person.email if known else f"nobody-{person.id}@example.com"
    for _ in range(5):
        answer = await client.post(LOGIN, json={"email": email, "password": "not this one"})
        assert answer.status_code == 401

    locked = await client.post(LOGIN, json={"email": email, "password": PASSWORD})
    assert (locked.status_code, locked.json()["code"]) == (429, "account-locked")
    assert 1 <= int(locked.headers["Retry-After"]) <= 31


async def test_asking_many_times_at_once_opens_no_locked_door(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    wrong = {"email": person.email, "password": "not this one"}
    answers = await asyncio.gather(*(client.post(LOGIN, json=wrong) for _ in range(20)))
    right = await client.post(LOGIN, json={"email": person.email, "password": PASSWORD})

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    assert right.status_code == 429


async def test_a_second_factor_that_commits_meanwhile_is_asked_for(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, sessions: Sessions
) -> None:
    await session.execute(update(User).values(version=User.version + 1))
    factor = TotpFactor(
        user_id=person.id, sealed_secret="-", created_at=now(), confirmed_at=now(), last_step=0
    )
    session.add(factor)
    await session.flush()
    answer = await sign_in_beside(client, person, session, sessions)

    assert answer.json()["mfa_required"] is True


async def test_a_suspension_that_commits_meanwhile_keeps_the_person_out(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, sessions: Sessions
) -> None:
    before = len((await session.scalars(select(AuthSession))).all())
    await session.execute(
        update(User).values(status=AccountStatus.SUSPENDED, suspended_at=now()).returning(User.id)
    )
    answer = await sign_in_beside(client, person, session, sessions)

    assert (answer.status_code, answer.json()["code"]) == (403, "account-suspended")
    assert len((await session.scalars(select(AuthSession))).all()) == before
    assert len(await published(session, SessionStarted)) == before


async def test_the_lock_opens_by_itself_and_comes_back_for_longer(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    past = now() - timedelta(seconds=1)
    for _ in range(5):
        await client.post(LOGIN, json={"email": person.email, "password": "not this one"})
    await session.execute(update(LoginFailure).values(locked_until=past))
    await session.commit()

    await client.post(LOGIN, json={"email": person.email, "password": "not this one"})
    again = await session.scalar(select(LoginFailure))
    assert again is not None
    assert again.locked_until is not None
    assert again.locked_until - now() > timedelta(seconds=40)

    await session.execute(update(LoginFailure).values(locked_until=past))
    await session.commit()
    right = await client.post(LOGIN, json={"email": person.email, "password": PASSWORD})
    assert right.status_code == 200
    session.expire_all()
    assert await session.scalar(select(LoginFailure)) is None


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        (PASSWORD, Argon2Hasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)),
        # bcrypt reads 72 bytes, so it was given no more.
        ("é" * 40, BcryptHasher(rounds=4).hash("é" * 36)),
    ],
)
async def test_an_old_hash_is_renewed_by_signing_in(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    password: str,
    hashed: str,
) -> None:
    await session.execute(update(User).values(password_hash=hashed))
    await session.commit()

    for _ in range(2):
        answer = await client.post(LOGIN, json={"email": person.email, "password": password})
        assert answer.status_code == 200
    mine = select(User.password_hash).where(User.id == person.id)
    renewed = await session.scalar(mine)
    assert renewed is not None
    assert "m=19456,t=2,p=1" in renewed


@pytest.mark.parametrize(
    "body",
    [
        {"email": "a\x00@example.com", "password": "x"},
        {"email": "a@example.com", "password": "\x00"},
        {"email": "a@example.com", "password": "x" * 2000},
        {"email": "a@example.com"},
        {"email": "a@example.com", "password": "x", "remember": True},
        {"email": ["a@example.com"], "password": {}},
    ],
)
async def test_a_broken_login_is_refused(client: httpx2.AsyncClient, body: object) -> None:
    answer = await client.post(LOGIN, json=body)

    assert answer.status_code == 422, answer.text
