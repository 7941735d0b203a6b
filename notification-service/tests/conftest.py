"""What the tests of notification-service stand on: the app, a worker's context, real sandboxes."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.access import Role
from contracts.auth import UserRegistered
from contracts.course import EnrollmentCreated
from contracts.event import Account
from notification_service.app import create_app
from notification_service.settings import Settings
from sandbox.testing import SandboxProcess
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging.hub import LiveHub
from servicekit.testing.plugin import MakeSettings
from servicekit.worker import WorkerContext


@pytest.fixture
def service_package() -> str:
    return "notification_service"


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """FCM and an SMTP server, as processes of their own."""
    process = SandboxProcess(state_dir=tmp_path_factory.mktemp("sandbox"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def fcm_credentials(tmp_path_factory: pytest.TempPathFactory, providers: SandboxProcess) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "docfliq-test",
        "private_key_id": "test",
        "private_key": pem.decode(),
        "client_email": "push@docfliq-test.iam.gserviceaccount.com",
        "token_uri": f"{providers.fcm_url}/token",
    }
    path = tmp_path_factory.mktemp("fcm") / "account.json"
    path.write_text(json.dumps(account))
    return path


@pytest.fixture
def settings(
    make_settings: MakeSettings, providers: SandboxProcess, fcm_credentials: Path
) -> Settings:
    made: Settings = make_settings(
        Settings,
        fcm_credentials=str(fcm_credentials),
        fcm_base_url=providers.fcm_url,
        smtp_port=providers.smtp_port,
        sns_endpoint_url=providers.sns_url,
        sns_access_key_id="sandbox",
        sns_secret_access_key="sandbox",
    )
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def context(settings: Settings, engine: AsyncEngine, sessions: Sessions) -> WorkerContext[Settings]:
    return WorkerContext(settings, engine, sessions, LiveHub(settings))


@pytest.fixture
def registered() -> UserRegistered:
    user_id = uuid7()
    return UserRegistered(
        version=1,
        user_id=user_id,
        role=Role.STUDENT,
        person=Account(full_name="Asha Rao", email=f"asha-{user_id}@demo.docfliq.test"),
    )


@pytest.fixture
def make_enrolled() -> Callable[[UUID], EnrollmentCreated]:
    """`make_enrolled(user_id)`: that person was enrolled just now."""

    def make(user_id: UUID) -> EnrollmentCreated:
        event = EnrollmentCreated(
            version=1,
            enrollment_id=uuid7(),
            course_id=uuid7(),
            course_title="Reading an ECG",
            author_id=uuid7(),
            user_id=user_id,
            how="FREE",
            started_at=now() - timedelta(minutes=1),
        )
        return event.stamped(uuid7(), now())

    return make


@pytest.fixture
def enrolled(
    registered: UserRegistered, make_enrolled: Callable[[UUID], EnrollmentCreated]
) -> EnrollmentCreated:
    return make_enrolled(registered.user_id)
