"""Mails and pushes reach real servers, and what cannot be delivered is said."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import PasswordResetRequested, UserRegistered
from contracts.course import EnrollmentCreated
from contracts.event import Account
from contracts.notification import NotificationFailed
from notification_service.deliveries.consumers import send_letter
from notification_service.deliveries.models import Delivery, DeliveryStatus
from notification_service.deliveries.schedules import PushSender, send_mails
from notification_service.devices.models import Device, DeviceType
from notification_service.devices.queries import upsert_device
from notification_service.notifications.consumers import tell_people
from notification_service.people.consumers import copy_person
from notification_service.settings import Settings
from sandbox.testing import SandboxProcess
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.sealing import seal
from servicekit.testing.messages import published, receive
from servicekit.worker import WorkerContext

TELL = on(EnrollmentCreated, tell_people)
COPY = on(UserRegistered, copy_person, order="latest")
LETTER = on(PasswordResetRequested, send_letter)
Context = WorkerContext[Settings]


async def shown(url: str, **params: str) -> list[dict[str, Any]]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        items: list[dict[str, Any]] = (await client.get(url, params=params)).json()["items"]
        return items


async def statuses(session: AsyncSession) -> dict[str, str]:
    session.expire_all()
    rows = (await session.scalars(select(Delivery))).all()
    return {row.channel.value: row.status.value for row in rows}


async def test_an_enrollment_arrives_as_a_mail_and_as_a_push(
    session: AsyncSession,
    context: Context,
    providers: SandboxProcess,
    registered: UserRegistered,
    enrolled: EnrollmentCreated,
) -> None:
    phone = f"phone-{uuid7()}"
    await receive(session, COPY, registered)
    await upsert_device(
        session, user_id=registered.user_id, token=phone, device_type=DeviceType.ANDROID
    )
    await receive(session, TELL, enrolled)

    await send_mails(context)
    await PushSender()(context)
    await send_mails(context)

    [mail] = await shown(f"{providers.mail_url}/messages", to=registered.person.email or "")
    assert mail["subject"] == "You are enrolled in Reading an ECG"
    assert "Start with the first lesson" in mail["text"]
    assert "Start with the first lesson" in mail["html"]
    [push] = await shown(f"{providers.fcm_url}/messages", token=phone)
    assert push["title"] == "You are enrolled in Reading an ECG"
    assert push["data"]["course_id"] == str(enrolled.course_id)
    assert await statuses(session) == {"EMAIL": "SENT", "PUSH": "SENT"}


async def test_a_dead_token_removes_itself(
    session: AsyncSession,
    context: Context,
    registered: UserRegistered,
    enrolled: EnrollmentCreated,
) -> None:
    await upsert_device(
        session,
        user_id=registered.user_id,
        token=f"unregistered-{uuid7()}",
        device_type=DeviceType.IOS,
    )
    await receive(session, TELL, enrolled)

    await PushSender()(context)

    session.expire_all()
    [device] = (await session.scalars(select(Device))).all()
    assert device.token is None
    assert (await statuses(session))["PUSH"] == "SKIPPED"


async def test_a_letter_is_opened_only_when_it_goes_out_and_forgotten_after(
    session: AsyncSession, context: Context, settings: Settings, providers: SandboxProcess
) -> None:
    address = f"reset-{uuid7()}@demo.docfliq.test"
    sealed = seal(settings.sealing_keys, {"link": "https://docfliq.test/r?t=1", "code": "123456"})
    letter = PasswordResetRequested(
        version=1,
        user_id=uuid7(),
        channel="EMAIL",
        sealed=sealed,
        expires_at=now() + timedelta(minutes=30),
        person=Account(email=address),
    )
    await receive(session, LETTER, letter)

    await send_mails(context)

    [mail] = await shown(f"{providers.mail_url}/messages", to=address)
    assert "123456" in mail["text"]
    assert "https://docfliq.test/r?t=1" in mail["html"]
    session.expire_all()
    [delivery] = (await session.scalars(select(Delivery))).all()
    assert delivery.sealed is None
    assert "123456" not in str(delivery.content)


async def test_an_address_that_bounces_is_given_up_and_said(
    session: AsyncSession,
    context: Context,
    registered: UserRegistered,
    enrolled: EnrollmentCreated,
) -> None:
    bouncing = registered.model_copy(
        update={"person": Account(email=f"bounce-{uuid7()}@demo.docfliq.test")}
    )
    await receive(session, COPY, bouncing)
    await receive(session, TELL, enrolled)

    await send_mails(context)

    [failed] = await published(session, NotificationFailed)
    assert (failed.channel, failed.cause) == ("EMAIL", "recipient refused: 550")


async def test_a_server_that_asks_for_patience_is_tried_again_later(
    session: AsyncSession,
    context: Context,
    registered: UserRegistered,
    enrolled: EnrollmentCreated,
) -> None:
    slow = registered.model_copy(
        update={"person": Account(email=f"later-{uuid7()}@demo.docfliq.test")}
    )
    await receive(session, COPY, slow)
    await receive(session, TELL, enrolled)

    await send_mails(context)

    session.expire_all()
    found = select(Delivery).where(Delivery.channel == "EMAIL")
    delivery = (await session.scalars(found)).one()
    assert delivery.status is DeliveryStatus.PENDING
    assert delivery.due_at > now() + timedelta(seconds=3)


class OldRelay:
    """A mail server of before RFC 6531."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        self.taken += envelope.rcpt_tos
        return "250 OK"


@pytest.mark.parametrize(
    ("address", "arrives", "cause"),
    [
        ("zoë@example.com", None, "address unfit: SMTPNotSupported"),
        ("zoe@straße.de", "zoe@xn--strae-oqa.de", None),
    ],
)
async def test_one_address_costs_the_other_mails_of_its_batch_nothing(
    session: AsyncSession,
    context: Context,
    registered: UserRegistered,
    make_enrolled: Callable[[UUID], EnrollmentCreated],
    address: str,
    arrives: str | None,
    cause: str | None,
) -> None:
    for email in ("first@example.com", address):
        person = registered.model_copy(
            update={"id": uuid7(), "user_id": uuid7(), "person": Account(email=email)}
        )
        await receive(session, COPY, person)
        await receive(session, TELL, make_enrolled(person.user_id))
    relay = OldRelay()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(relay, enable_SMTPUTF8=False), "127.0.0.1", 0
    )
    context.settings.smtp_port = server.sockets[0].getsockname()[1]

    async with server:
        await send_mails(context)

    assert sorted(relay.taken) == ["first@example.com", *([arrives] if arrives else [])]
    mails = select(Delivery).where(Delivery.channel == "EMAIL").order_by(Delivery.id)
    causes = [one.cause for one in await session.scalars(mails)]
    assert causes == [None, cause]
