"""FCM, through the real firebase-admin."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import firebase_admin
import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import credentials, exceptions, messaging

from sandbox.testing import SandboxProcess

# Devices register tokens; firebase-admin would rather have Firebase installation ids.
pytestmark = pytest.mark.filterwarnings("ignore:.*token.*is deprecated:DeprecationWarning")

PROJECT = "docfliq-test"


@pytest.fixture(scope="module")
def app(running: SandboxProcess) -> Iterator[Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": f"sender@{PROJECT}.iam.gserviceaccount.com",
        "token_uri": f"{running.fcm_url}/token",
    }
    real = messaging._MessagingService.FCM_URL
    messaging._MessagingService.FCM_URL = f"{running.fcm_url}/v1/projects/{{0}}/messages:send"
    app = firebase_admin.initialize_app(
        credentials.Certificate(account), {"httpTimeout": 5}, name=uuid4().hex
    )
    yield app
    messaging._MessagingService.FCM_URL = real
    firebase_admin.delete_app(app)


@pytest.fixture
def token() -> str:
    return uuid4().hex


@pytest.fixture
def fcm(running: SandboxProcess) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.fcm_url, trust_env=False) as fcm:
        yield fcm
        fcm.delete("/sandbox/faults")


def _message(token: str) -> Any:
    return messaging.Message(
        token=token,
        notification=messaging.Notification(title="Enrolled", body="ECG basics"),
        data={"notification_id": "1"},
    )


def test_a_phone_receives_what_was_sent(app: Any, fcm: httpx2.Client, token: str) -> None:
    name = messaging.send(_message(token), app=app)

    [item] = fcm.get("/messages", params={"token": token}).json()["items"]
    assert datetime.fromisoformat(item.pop("at")).tzinfo is not None
    assert item == {
        "id": name,
        "token": token,
        "title": "Enrolled",
        "body": "ECG basics",
        "data": {"notification_id": "1"},
    }
    assert name.startswith(f"projects/{PROJECT}/messages/")


def test_a_phone_can_be_named_by_its_installation(app: Any, fcm: httpx2.Client, token: str) -> None:
    messaging.send(messaging.Message(fid=token, data={"a": "b"}), app=app)

    [item] = fcm.get("/messages", params={"token": token}).json()["items"]
    assert (item["title"], item["data"]) == (None, {"a": "b"})


def test_many_are_sent_at_once(app: Any, fcm: httpx2.Client, token: str) -> None:
    answers = messaging.send_each([_message(token) for _ in range(20)], app=app)

    assert answers.success_count == 20
    assert len(fcm.get("/messages", params={"token": token}).json()["items"]) == 20


async def test_the_asynchronous_way_works_too(app: Any, fcm: httpx2.Client, token: str) -> None:
    answers = await messaging.send_each_async(
        [_message(token), _message(f"unregistered-{token}")], app=app
    )

    assert [answer.success for answer in answers.responses] == [True, False]


@pytest.mark.parametrize(
    ("prefix", "error"),
    [
        ("unregistered-", messaging.UnregisteredError),
        ("invalid-", exceptions.InvalidArgumentError),
        ("quota-", messaging.QuotaExceededError),
        ("mismatch-", messaging.SenderIdMismatchError),
        ("apns-", messaging.ThirdPartyAuthError),
    ],
)
def test_a_token_may_be_fated(
    app: Any, fcm: httpx2.Client, token: str, prefix: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as refusal:
        messaging.send(_message(prefix + token), app=app)

    if prefix == "quota-":
        assert refusal.value.http_response.headers["Retry-After"] == "1"  # type: ignore[attr-defined]  # FirebaseError has it
    assert fcm.get("/messages", params={"token": prefix + token}).json()["items"] == []


def test_a_dry_run_reaches_no_phone(app: Any, fcm: httpx2.Client, token: str) -> None:
    messaging.send(_message(token), dry_run=True, app=app)

    assert fcm.get("/messages", params={"token": token}).json()["items"] == []


def test_without_an_access_token_nothing_is_sent(fcm: httpx2.Client) -> None:
    url = f"/v1/projects/{PROJECT}/messages:send"

    answers = [
        fcm.post(url, json={"message": {"token": "t"}}, headers=headers)
        for headers in ({}, {"Authorization": "Bearer made-up"})
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["error"]["status"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("assertion", ["", "a.b.c", "x" * 20_000, "e30.e30.e30"])
def test_only_a_signed_statement_earns_an_access_token(fcm: httpx2.Client, assertion: str) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    answer = fcm.post("/token", data=form)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"token": "t", "topic": "news"},
        {"token": "t", "data": {"n": 1}},
        {"token": "t", "colour": "red"},
        {"token": "t", "data": {"long": "x" * 5000}},
        None,
    ],
)
def test_a_message_that_is_none_is_refused(app: Any, fcm: httpx2.Client, message: Any) -> None:
    access = app.credential.get_access_token().access_token

    answer = fcm.post(
        f"/v1/projects/{PROJECT}/messages:send",
        json={"message": message},
        headers={"Authorization": f"Bearer {access}"},
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_person_can_read_the_messages(app: Any, fcm: httpx2.Client, token: str) -> None:
    messaging.send(messaging.Message(fid=token, data={"x": "<script>"}), app=app)

    shown = fcm.get("/").text

    assert token in shown
    assert "<script>" not in shown


def test_fcm_can_answer_what_is_not_its_own(app: Any, fcm: httpx2.Client, token: str) -> None:
    fcm.post("/sandbox/faults", json={"kind": "html_502"})

    with pytest.raises(exceptions.FirebaseError):
        messaging.send(_message(token), app=app)
    messaging.send(_message(token), app=app)
