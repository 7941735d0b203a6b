"""Suggestions: friends of friends, people of one's specialty, and nobody who is kept away."""

import base64
from typing import Any
from uuid import UUID

import httpx2
import pytest

from servicekit.testing.people import MakePerson, SignedIn

PATH = "/api/v1/social/me/suggestions"


async def follow(client: httpx2.AsyncClient, person: SignedIn, *others: SignedIn) -> None:
    for other in others:
        path = f"/api/v1/social/{other.id}/follow"
        assert (await client.post(path, headers=person.headers)).status_code == 200


async def suggested(client: httpx2.AsyncClient, person: SignedIn) -> list[tuple[Any, ...]]:
    answer = await client.get(PATH, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return [
        (one["full_name"], one["mutual_count"], one["same_specialty"])
        for one in answer.json()["items"]
    ]


async def test_those_with_most_friends_in_common_come_first(
    client: httpx2.AsyncClient, make_person: MakePerson
) -> None:
    me = await make_person(specialty="Cardiology")
    one, other = await make_person(full_name="One"), await make_person(full_name="Other")
    both = await make_person(full_name="Known to both", specialty="Dermatology")
    half = await make_person(full_name="Known to one", specialty="cardiology")
    await make_person(full_name="Peer", specialty="CARDIOLOGY")
    await make_person(full_name="Stranger")
    await follow(client, me, one, other)
    await follow(client, one, both, half, other, me)
    await follow(client, other, both)

    assert await suggested(client, me) == [
        ("Known to both", 2, False),
        ("Known to one", 1, True),
        ("Peer", 0, True),
    ]


async def test_nobody_is_suggested_who_is_kept_away_suspended_or_keeps_silent(
    client: httpx2.AsyncClient, make_person: MakePerson, admin: SignedIn
) -> None:
    me = await make_person(specialty="Cardiology")
    people = [
        await make_person(full_name=f"Peer {number}", specialty="Cardiology") for number in range(5)
    ]
    await client.post(f"/api/v1/social/{people[0].id}/block", headers=me.headers)
    await client.post(f"/api/v1/social/{people[1].id}/mute", headers=me.headers)
    await client.post(f"/api/v1/social/{me.id}/block", headers=people[2].headers)
    why = {"reason": "Spam"}
    await client.post(
        f"/api/v1/admin/users/{people[3].id}/suspend", json=why, headers=admin.headers
    )
    hidden = {"privacy": {"specialty": "FOLLOWERS"}}
    await client.patch("/api/v1/profile/me", json=hidden, headers=people[4].headers)

    assert await suggested(client, me) == []


async def test_suggestions_are_read_page_by_page(
    client: httpx2.AsyncClient, make_person: MakePerson
) -> None:
    me, friend = await make_person(specialty="Cardiology"), await make_person()
    near = [await make_person(specialty="Cardiology") for _ in range(2)]
    far = [await make_person(specialty="Cardiology") for _ in range(3)]
    await follow(client, me, friend)
    await follow(client, friend, *near)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(PATH, params=params, headers=me.headers)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [str(one.id) for one in (*near[::-1], *far[::-1])]
    broken = await client.get(f"{PATH}?cursor=abc", headers=me.headers)
    assert (broken.status_code, broken.json()["code"]) == (400, "cursor-invalid")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (PATH, f'[1e999, 1, "{UUID(int=1)}"]'),
        (PATH, "[1, 1, 5]"),
        ("/api/v1/social/me/followers", "[5]"),
        ("/api/v1/social/me/followers", "[true]"),
        ("/api/v1/social/me/followers", "[[{}]]"),
    ],
)
async def test_a_cursor_of_ones_own_making_is_refused(
    client: httpx2.AsyncClient, person: SignedIn, path: str, key: str
) -> None:
    cursor = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    broken = await client.get(path, params={"cursor": cursor}, headers=person.headers)

    assert (broken.status_code, broken.json()["code"]) == (400, "cursor-invalid")
