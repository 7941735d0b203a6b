"""What cannot be read is refused with problem details, never with a 5xx or a dropped connection."""

from typing import Any

import pytest

from demo.client import Client
from demo.people import Person

POST = {"content_type": "TEXT", "title": "Sound", "body": "And still here.", "status": "PUBLISHED"}
JSON = "application/json"


def assert_problem(answer: Any, *statuses: int) -> None:
    """RFC 9457, and one of these statuses."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert {"type", "title", "status", "code", "instance", "request_id"} <= problem.keys()
    assert problem["status"] == answer.status_code
    assert problem["type"].endswith(f"/{problem['code']}")
    assert "Traceback" not in answer.text


@pytest.fixture(scope="session")
async def author(make_person: Any) -> Person:
    """Somebody who posts."""
    person: Person = await make_person()
    return person


BODIES: dict[str, tuple[bytes, str, tuple[int, ...]]] = {
    "not JSON": (b'{"body": ', JSON, (400, 422)),
    "not UTF-8": (b'{"body": "\xff\xfe"}', JSON, (400, 422)),
    "a list": (b"[1, 2]", JSON, (422,)),
    "empty": (b"", JSON, (400, 422)),
    "deep": (b'{"body": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, (400, 413, 422)),
    "huge": (b'{"body": "' + b"x" * 3_000_000 + b'"}', JSON, (413,)),
    "a huge number": (b'{"body": "x", "title": 1' + b"0" * 10_000 + b"}", JSON, (400, 422)),
    "infinite": (b'{"body": Infinity}', JSON, (400, 422)),
    "a field nobody knows": (b'{"content_type": "TEXT", "stars": 5}', JSON, (422,)),
    "a number for text": (b'{"content_type": "TEXT", "body": 5}', JSON, (422,)),
    "NUL": (b'{"content_type": "TEXT", "body": "a\\u0000b"}', JSON, (422,)),
    "a lone surrogate": (b'{"content_type": "TEXT", "body": "\\ud800"}', JSON, (400, 422)),
    "a raw NUL": (b'{"content_type": "TEXT", "body": "a\x00b"}', JSON, (400, 422)),
    "a form": (b"content_type=TEXT", "application/x-www-form-urlencoded", (400, 415, 422)),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_cannot_be_read_is_refused(name: str, author: Person) -> None:
    content, kind, statuses = BODIES[name]
    before = await author.api.collect("/cms/my-posts")

    headers = {"Content-Type": kind}
    answer = await author.api.raw("POST", "/cms/posts", content=content, headers=headers)

    assert_problem(answer, *statuses)
    assert await author.api.collect("/cms/my-posts") == before


DOORS = {
    "auth": "/auth/forgot-password",
    "course": "/lms/courses",
    "webinar": "/webinar",
    "payment": "/payment/orders",
    "notification": "/notifications/register-device",
}


@pytest.mark.parametrize("service", DOORS)
async def test_no_service_is_brought_down_by_such_a_body(service: str, instructor: Person) -> None:
    for name in ("not JSON", "not UTF-8", "a list", "deep", "huge", "infinite", "a raw NUL"):
        content, kind, statuses = BODIES[name]
        headers = {"Content-Type": kind}
        answer = await instructor.api.raw("POST", DOORS[service], content=content, headers=headers)

        assert_problem(answer, *statuses)


async def test_each_field_that_is_wrong_is_pointed_at(author: Person) -> None:
    wish = {**POST, "visibility": "EVERYWHERE", "specialty_tags": "cardiology"}
    answer = await author.api.raw("POST", "/cms/posts", json=wish)

    assert_problem(answer, 422)
    pointers = {str(error.get("pointer")) for error in answer.json()["errors"]}
    assert any("visibility" in pointer for pointer in pointers)
    assert any("specialty_tags" in pointer for pointer in pointers)


async def test_a_sound_body_is_taken_after_all_of_them(author: Person) -> None:
    post = await author.api.post("/cms/posts", POST)

    assert (await author.api.get(f"/cms/posts/{post['id']}"))["body"] == POST["body"]


@pytest.mark.parametrize(
    "path",
    [
        "/cms/posts/not-a-uuid",
        "/cms/posts/%00",
        "/cms/posts/..%2f..%2fetc%2fpasswd",
        "/search?q=%00",
        "/feed?limit=0",
        "/feed?limit=1000",
        "/feed?cursor=nonsense",
        "/lms/courses?pricing_type=CHEAP",
        "/there/is/no/such/route",
    ],
)
async def test_an_address_that_means_nothing_is_refused(path: str, anybody: Client) -> None:
    answer = await anybody.raw("GET", path)

    assert_problem(answer, 400, 401, 404, 422)


async def test_a_method_that_a_route_has_not_is_refused(anybody: Client) -> None:
    answer = await anybody.raw("DELETE", "/feed")

    assert_problem(answer, 405)
    assert "GET" in answer.headers["allow"]
