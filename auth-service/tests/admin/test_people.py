"""Accounts as admins make, find and change them."""

from collections.abc import Callable
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import (
    EmailVerificationRequested,
    PasswordResetRequested,
    SealedLetter,
    UserContactChanged,
    UserProfileUpdated,
    UserRegistered,
)
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

Open = Callable[[SealedLetter], dict[str, str | None]]
USERS = "/api/v1/users"
NEW = {"email": "new@example.com", "full_name": "Nila Das", "role": "instructor"}


async def test_somebody_whose_account_an_admin_made_chooses_the_password(
    client: httpx2.AsyncClient, admin: SignedIn, session: AsyncSession, open_letter: Open
) -> None:
    made = await client.post(USERS, json=NEW, headers=admin.headers)
    assert (made.status_code, made.json()["role"]) == (201, "instructor")
    assert made.headers["Location"] == f"{USERS}/{made.json()['id']}"
    body = {"email": NEW["email"], "password": ""}
    for guess in ("", "anything at all"):
        entered = await client.post("/api/v1/auth/login", json={**body, "password": guess})
        assert entered.status_code in {401, 422}

    [letter] = await published(session, PasswordResetRequested)
    token = str(open_letter(letter)["link"]).split("token=")[1]
    chosen = {"token": token, "new_password": "correct horse battery"}
    assert (await client.post("/api/v1/auth/reset-password", json=chosen)).status_code == 204
    body["password"] = chosen["new_password"]
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200
    events = await published(session, UserRegistered)
    assert (events[-1].role, events[-1].person.full_name) == ("instructor", "Nila Das")
    assert events[-1].registered_by == admin.id


async def test_an_account_with_a_password_is_open_at_once(
    client: httpx2.AsyncClient, admin: SignedIn
) -> None:
    wish = NEW | {"password": "correct horse battery"}
    made = await client.post(USERS, json=wish, headers=admin.headers)
    entered = await client.post(
        "/api/v1/auth/login", json={name: wish[name] for name in ("email", "password")}
    )
    taken = await client.post(USERS, json=NEW, headers=admin.headers)
    weak = await client.post(
        USERS,
        json=wish | {"email": "w@example.com", "password": "password1"},
        headers=admin.headers,
    )

    assert (made.status_code, entered.status_code) == (201, 200)
    assert (taken.status_code, taken.json()["code"]) == (409, "email-taken")
    assert (weak.status_code, weak.json()["code"]) == (422, "password-too-weak")


async def test_people_are_found_by_address_name_role_and_status(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson
) -> None:
    asha = await make_person(full_name="Asha Rao", email="asha.rao@example.com")
    await make_person(full_name="Example Sen")
    await client.post(
        f"/api/v1/admin/users/{asha.id}/suspend", json={"reason": "Spam"}, headers=admin.headers
    )

    async def found(query: str, path: str = USERS) -> list[str]:
        answer = await client.get(f"{path}?{query}", headers=admin.headers)
        return [one["full_name"] for one in answer.json()["items"]]

    assert await found("email=asha.RAO@") == ["Asha Rao"]
    assert await found("name=example") == ["Example Sen"]
    assert await found("status=SUSPENDED") == ["Asha Rao"]
    assert await found("state=SUSPENDED") == ["Asha Rao"]
    assert await found("status=ACTIVE&role=student") == ["Example Sen"]
    assert await found("q=asha", f"{USERS}/all") == await found("q=asha", "/api/v1/admin/users")


async def test_the_list_is_read_page_by_page(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson
) -> None:
    made = [str((await make_person(full_name=f"Zora {number}")).id) for number in range(3)]
    first = (await client.get(f"{USERS}?name=zora&limit=2", headers=admin.headers)).json()
    params = {"name": "zora", "limit": "2", "cursor": first["next_cursor"]}
    rest = (await client.get(USERS, params=params, headers=admin.headers)).json()

    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


async def test_an_admin_changes_only_what_is_sent(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    path = f"{USERS}/{person.id}"
    changed = await client.patch(path, json={"specialty": "Cardiology"}, headers=admin.headers)
    read = await client.get(path, headers=admin.headers)

    assert changed.status_code == 200
    assert changed.json() == read.json()
    assert (read.json()["full_name"], read.json()["specialty"]) == ("Asha Rao", "Cardiology")
    assert read.json()["status"] == "ACTIVE"
    [event] = await published(session, UserProfileUpdated)
    assert (event.specialty, event.changed_by) == ("Cardiology", admin.id)


async def test_a_new_address_has_to_be_proved_and_voids_what_was_mailed_to_the_former(
    client: httpx2.AsyncClient,
    admin: SignedIn,
    person: SignedIn,
    session: AsyncSession,
    open_letter: Open,
) -> None:
    forgotten = {"email": person.email}
    await client.post("/api/v1/auth/forgot-password", json=forgotten)
    [letter] = await published(session, PasswordResetRequested)
    body = {"email": "moved@example.com"}
    changed = await client.patch(f"{USERS}/{person.id}", json=body, headers=admin.headers)

    assert (changed.json()["email"], changed.json()["email_verified"]) == (body["email"], False)
    token = str(open_letter(letter)["link"]).split("token=")[1]
    reset = {"token": token, "new_password": "correct horse battery"}
    assert (await client.post("/api/v1/auth/reset-password", json=reset)).status_code == 400
    [event] = await published(session, UserContactChanged)
    assert (event.person.email, event.changed_by) == (body["email"], admin.id)
    last = (await published(session, EmailVerificationRequested))[-1]
    assert last.person.email == body["email"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": None}, "validation-failed"),
        ({"email": "nobody"}, "validation-failed"),
        ({"role": "admin"}, "validation-failed"),
        ({"username": "no spaces"}, "validation-failed"),
    ],
)
async def test_a_change_that_is_wrong_changes_nothing(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, body: dict[str, str], code: str
) -> None:
    answer = await client.patch(f"{USERS}/{person.id}", json=body, headers=admin.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_unknown_people_and_taken_addresses_are_refused(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn
) -> None:
    taken = await client.patch(
        f"{USERS}/{person.id}", json={"email": admin.email.upper()}, headers=admin.headers
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "email-taken")
    unknown = f"{USERS}/{uuid4()}"
    assert (await client.get(unknown, headers=admin.headers)).status_code == 404
    gone = await client.patch(unknown, json={"specialty": "x"}, headers=admin.headers)
    assert gone.status_code == 404
