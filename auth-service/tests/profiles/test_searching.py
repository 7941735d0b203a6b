"""People search: words by their beginnings, privacy and blocks, and a crowd."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.testing.people import MakePerson, SignedIn

PATH = "/api/v1/profile/search"


async def found(client: httpx2.AsyncClient, person: SignedIn, **asked: Any) -> list[str]:
    answer = await client.get(PATH, params=asked, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return [one["full_name"] for one in answer.json()["items"]]


@pytest.mark.parametrize("q", ["josé", "JOSE nun", "nunez jo", "marie", "cardio", "heart_"])
async def test_every_word_asked_for_begins_one_of_theirs(
    client: httpx2.AsyncClient, make_person: MakePerson, q: str
) -> None:
    person = await named(client, make_person)
    assert await found(client, person, q=q) == ["José Anne-Marie Núñez"]


@pytest.mark.parametrize("q", ["ose", "jose rao", "heartx", "%", "__"])
async def test_what_begins_none_of_their_words_finds_nobody(
    client: httpx2.AsyncClient, make_person: MakePerson, q: str
) -> None:
    person = await named(client, make_person)
    assert await found(client, person, q=q) == []


async def named(client: httpx2.AsyncClient, make_person: MakePerson) -> SignedIn:
    person = await make_person(full_name="José Anne-Marie Núñez", specialty="Cardiology")
    wish = {"username": "heart_doc"}
    await client.patch("/api/v1/profile/me", json=wish, headers=person.headers)
    return person


async def test_a_specialty_that_is_not_public_finds_nobody(
    client: httpx2.AsyncClient, make_person: MakePerson
) -> None:
    viewer, shy = await make_person(), await make_person(full_name="Shy", specialty="Neurology")
    assert await found(client, viewer, q="neuro") == ["Shy"]
    for who in ("FOLLOWERS", "PRIVATE"):
        change = {"privacy": {"specialty": who}}
        await client.patch("/api/v1/profile/me", json=change, headers=shy.headers)
        assert await found(client, viewer, q="neuro") == []
        assert await found(client, viewer, specialty="Neurology") == []
    assert await found(client, viewer, q="shy") == ["Shy"]


async def test_suspended_people_are_not_found(
    client: httpx2.AsyncClient, make_person: MakePerson, admin: SignedIn
) -> None:
    troll = await make_person(full_name="Troll")
    assert await found(client, admin, q="troll") == ["Troll"]
    path = f"/api/v1/admin/users/{troll.id}/suspend"
    await client.post(path, json={"reason": "Spam"}, headers=admin.headers)

    assert await found(client, admin, q="troll") == []


async def test_rare_and_common_words_are_found_among_many(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    """More than the newest two thousand, among whom a search looks first."""
    await session.execute(text(CROWD))
    await session.commit()

    async def some(**wish: str) -> bool:
        return bool(await found(client, person, **wish))

    for q in ("kumar", "k", "person4999", "person1", "kumar person5", "specialty 3"):
        assert await some(q=q), q
    for q in ("nobody", "kumar rao", "kumar nobody"):
        assert not await some(q=q), q
    assert await some(specialty="specialty 3")
    assert await some(q="kumar", specialty="specialty 4")
    assert not await some(q="kumar", specialty="specialty 3")


CROWD = """
INSERT INTO users (id, email, email_key, password_hash, role, origin, created_at, version,
                   specialty, full_name, interests, languages, privacy)
SELECT gen_random_uuid(), n || '@crowd.test', n || '@crowd.test', '', 'student', 'REGISTERED',
       now(), 1, 'Specialty ' || n % 40,
       'Person' || n || (ARRAY[' Kumar', ' Rao', ' Sheikh', ' Nair'])[1 + n % 4], '[]', '[]', '{}'
  FROM generate_series(1, 5000) n
"""
