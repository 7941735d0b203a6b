"""Profiles by the door."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserContactChanged, UserProfileUpdated
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

ME = "/api/v1/profile/me"
WHOLE: dict[str, Any] = {
    "full_name": "Asha Rao",
    "username": "Asha_Rao",
    "headline": "Cardiologist",
    "bio": "Hearts.\nAnd rhythm.",
    "profession": "DOCTOR_SPECIALIST",
    "specialty": "Cardiology",
    "sub_specialty": "Electrophysiology",
    "years_of_experience": 12,
    "hospital_name": "City Hospital",
    "medical_license_number": "MH-1",
    "location_city": "Pune",
    "location_state": "Maharashtra",
    "location_country": "India",
    "interests": ["Echo", "Stents"],
    "languages": ["en", "mr"],
}


async def change(
    client: httpx2.AsyncClient, person: SignedIn, body: Any, path: str = ME
) -> httpx2.Response:
    return await client.patch(path, json=body, headers=person.headers)


async def test_a_profile_changes_only_what_is_sent(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    answer = await change(client, person, WHOLE)
    assert answer.status_code == 200, answer.text
    wanted = {**WHOLE, "username": "asha_rao", "interests": ["echo", "stents"]}
    assert {name: answer.json()[name] for name in wanted} == wanted

    again = await change(client, person, {"headline": None, "interests": None})
    assert (again.json()["headline"], again.json()["interests"]) == (None, [])
    assert again.json()["bio"] == WHOLE["bio"]
    events = await published(session, UserProfileUpdated)
    assert [event.person.headline for event in events] == ["Cardiologist", None]
    assert [event.person.username for event in events] == ["asha_rao", "asha_rao"]
    assert events[0].version < events[1].version


async def test_the_licence_number_is_the_owners_alone(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    await change(client, person, WHOLE)
    stranger = await make_person()
    seen = await client.get(f"/api/v1/profile/{person.id}", headers=stranger.headers)

    assert seen.status_code == 200
    assert seen.json()["specialty"] == "Cardiology"
    assert "MH-1" not in seen.text
    assert person.email not in seen.text


async def test_the_person_chooses_who_sees_a_field(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    await change(client, person, WHOLE)
    chosen = {"privacy": {"specialty": "FOLLOWERS", "hospital_name": "PRIVATE"}}
    own = await change(client, person, chosen)
    viewer = await make_person()
    path = f"/api/v1/profile/{person.id}"
    before = (await client.get(path, headers=viewer.headers)).json()
    await client.post(f"/api/v1/social/{person.id}/follow", headers=viewer.headers)
    after = (await client.get(path, headers=viewer.headers)).json()

    assert own.json()["privacy"]["specialty"] == "FOLLOWERS"
    assert (before["specialty"], before["hospital_name"]) == (None, None)
    assert (after["specialty"], after["hospital_name"]) == ("Cardiology", None)
    last = (await published(session, UserProfileUpdated))[-1]
    assert (last.specialty, last.person.specialty) == (None, None)
    found = await client.get("/api/v1/profile/search?specialty=cardiology", headers=viewer.headers)
    assert found.json()["items"] == []


async def test_a_username_belongs_to_one_person(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    other = await make_person()
    first = await change(client, person, {"username": "asha"})
    second = await change(client, other, {"username": "ASHA"})

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "username-taken"


async def test_a_new_telephone_number_changes_the_contact(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    body = {"phone_number": "+91 98765 43210"}
    answer = await change(client, person, body, "/api/v1/users/me")

    assert answer.json()["phone_number"] == "+919876543210"
    assert answer.json()["email"] == person.email
    [event] = await published(session, UserContactChanged)
    assert event.person.phone_number == "+919876543210"
    assert await published(session, UserProfileUpdated) == []


async def test_completeness_follows_the_name(client: httpx2.AsyncClient, person: SignedIn) -> None:
    answer = await change(client, person, {"full_name": None})
    assert answer.json()["missing_required_fields"] == ["full_name"]
    answer = await change(client, person, {"full_name": "Asha"})
    assert answer.json()["profile_complete"] is True
    assert answer.json()["capabilities"] == ["CREATE_POST"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "admin"},
        {"email": "new@example.com"},
        {"username": "a b"},
        {"username": "ab"},
        {"bio": "a\x00b"},
        {"headline": "two\nlines"},
        {"interests": ["x"] * 31},
        {"years_of_experience": -1},
        {"privacy": {"medical_license_number": "PUBLIC"}},
        {"privacy": {"bio": "EVERYBODY"}},
    ],
)
async def test_a_wrong_field_changes_nothing(
    client: httpx2.AsyncClient, person: SignedIn, wrong: dict[str, Any]
) -> None:
    assert (await change(client, person, wrong)).status_code == 422


async def test_people_are_found_by_name_and_specialty_page_by_page(
    client: httpx2.AsyncClient, make_person: MakePerson
) -> None:
    people = [
        await make_person(full_name=f"Zubin {number}", specialty="Neurology") for number in range(3)
    ]
    await make_person(full_name="Somebody else", specialty="Cardiology")
    headers, path = people[0].headers, "/api/v1/profile/search"
    first = (await client.get(f"{path}?q=zub&limit=2", headers=headers)).json()
    rest = await client.get(
        path, params={"q": "zub", "limit": 2, "cursor": first["next_cursor"]}, headers=headers
    )
    names = [one["full_name"] for one in first["items"] + rest.json()["items"]]

    assert names == ["Zubin 2", "Zubin 1", "Zubin 0"]
    assert rest.json()["next_cursor"] is None
    found = await client.get(f"{path}?specialty=NEUROLOGY", headers=headers)
    assert len(found.json()["items"]) == 3
    none = await client.get(f"{path}?q=%25", headers=headers)
    assert none.json()["items"] == []


async def test_searching_refuses_what_is_no_text_and_no_cursor(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    path = "/api/v1/profile/search"
    nul = await client.get(f"{path}?q=a%00b", headers=person.headers)
    cursor = await client.get(f"{path}?cursor=nonsense", headers=person.headers)

    assert (nul.status_code, cursor.status_code) == (422, 400)


async def test_nobody_is_found_under_an_unknown_id(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    unknown = await client.get(f"/api/v1/profile/{uuid4()}", headers=person.headers)
    malformed = await client.get("/api/v1/profile/17", headers=person.headers)

    assert (unknown.status_code, malformed.status_code) == (404, 422)
