"""One-time codes reach whoever asked for them, by mail and by SMS."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import MfaChanged, OtpRequested, UserRegistered
from contracts.course import EnrollmentCreated
from contracts.event import Account
from contracts.notification import NotificationFailed
from notification_service.archive.consumers import archive_events
from notification_service.archive.models import ArchivedEvent
from notification_service.deliveries.consumers import send_letter
from notification_service.deliveries.models import Delivery, DeliveryStatus
from notification_service.deliveries.schedules import TextSender, send_mails
from notification_service.notifications.consumers import tell_people
from notification_service.notifications.models import Notification
from notification_service.people.consumers import copy_person
from notification_service.settings import Settings
from sandbox.testing import SandboxProcess
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on, on_batch
from servicekit.sealing import seal
from servicekit.testing.messages import published, receive
from servicekit.worker import WorkerContext

COPY = on(UserRegistered, copy_person, order="latest")
TELL = on(EnrollmentCreated, tell_people)
TOLD = on(MfaChanged, tell_people)
LETTER = on(OtpRequested, send_letter)
ARCHIVE = on_batch(OtpRequested, archive_events, batch=100)
Context = WorkerContext[Settings]


def wish(settings: Settings, *, expires_at: datetime | None = None, **to: str) -> OtpRequested:
    return OtpRequested(
        version=1,
        channel="SMS" if "phone_number" in to else "EMAIL",
        sealed=seal(settings.sealing_keys, {"link": None, "code": "042917"}),
        expires_at=expires_at or now() + timedelta(minutes=5),
        person=Account(**to),
    )


def new_number() -> str:
    return f"+9198{uuid7().int % 10**8:08d}"


async def texts_to(sns_url: str, number: str) -> list[str]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        shown: dict[str, Any] = (await client.get(f"{sns_url}/moto-api/data.json")).json()
    sent = shown.get("sns", {}).get("SMS", [])
    return [one["message"] for one in sent if one["phone_number"] == number]


async def the_delivery(session: AsyncSession) -> Delivery:
    session.expire_all()
    return (await session.scalars(select(Delivery))).one()


async def test_a_code_goes_out_by_sms_and_is_forgotten(
    session: AsyncSession, context: Context, settings: Settings, providers: SandboxProcess
) -> None:
    number = new_number()
    asked = wish(settings, phone_number=number)
    assert await receive(session, LETTER, asked) is True
    await TextSender()(context)
    await TextSender()(context)

    [text] = await texts_to(providers.sns_url, number)
    assert "042917" in text
    assert len(text) <= 160
    delivery = await the_delivery(session)
    assert (delivery.status, delivery.sealed, delivery.content) == (DeliveryStatus.SENT, None, {})


async def test_a_code_goes_out_by_mail_to_an_address_without_an_account(
    session: AsyncSession, context: Context, settings: Settings, providers: SandboxProcess
) -> None:
    address = f"code-{uuid7()}@demo.docfliq.test"
    await receive(session, LETTER, wish(settings, email=address))
    await send_mails(context)

    async with httpx2.AsyncClient(trust_env=False) as client:
        shown = await client.get(f"{providers.mail_url}/messages", params={"to": address})
    [mail] = shown.json()["items"]
    assert "042917" in mail["text"]
    assert "042917" not in mail["subject"]
    assert "have an account" not in mail["text"]
    assert (await the_delivery(session)).status is DeliveryStatus.SENT


async def test_a_provider_that_is_down_is_tried_again_within_the_code_s_life(
    session: AsyncSession, context: Context, settings: Settings
) -> None:
    await receive(session, LETTER, wish(settings, phone_number=new_number()))
    away = settings.model_copy(update={"sns_endpoint_url": "http://127.0.0.1:9"})
    await TextSender()(WorkerContext(away, context.engine, context.sessions, context.hub))

    delivery = await the_delivery(session)
    assert (delivery.status, delivery.cause) == (DeliveryStatus.PENDING, "EndpointConnectionError")
    assert delivery.due_at > now() + timedelta(seconds=3)


@pytest.mark.parametrize("channel", ["SMS", "EMAIL"])
async def test_a_code_that_has_expired_is_not_sent(
    session: AsyncSession, context: Context, settings: Settings, channel: str
) -> None:
    to = {"phone_number": new_number()} if channel == "SMS" else {"email": "late@example.com"}
    late = wish(settings, expires_at=now() - timedelta(seconds=1), **to)
    await receive(session, LETTER, late)
    await TextSender()(context)
    await send_mails(context)

    delivery = await the_delivery(session)
    assert (delivery.status, delivery.cause) == (DeliveryStatus.FAILED, "expired")
    assert (delivery.sealed, delivery.content) == (None, {})
    assert await published(session, NotificationFailed) == []


async def test_the_archive_keeps_neither_the_code_nor_the_number(
    session: AsyncSession, settings: Settings
) -> None:
    number = new_number()
    await receive(session, ARCHIVE, wish(settings, phone_number=number))

    [kept] = (await session.scalars(select(ArchivedEvent))).all()
    assert kept.type == "otp.requested"
    assert not {"sealed", "person"} & kept.payload.keys()
    assert number not in str(kept.payload)


async def test_whoever_has_no_address_gets_no_mail_and_is_not_waited_for(
    session: AsyncSession,
    context: Context,
    registered: UserRegistered,
    enrolled: EnrollmentCreated,
) -> None:
    by_phone = Account(full_name="Asha Rao", phone_number=new_number())
    await receive(session, COPY, registered.model_copy(update={"person": by_phone}))
    await receive(session, TELL, enrolled)
    await send_mails(context)

    session.expire_all()
    found = select(Delivery).where(Delivery.channel == "EMAIL")
    delivery = (await session.scalars(found)).one()
    assert (delivery.status, delivery.cause) == (DeliveryStatus.SKIPPED, "no address")


async def test_a_new_second_factor_is_told_in_words(
    session: AsyncSession, registered: UserRegistered
) -> None:
    for factor, change in (
        ("TOTP", "ENABLED"),
        ("PASSKEY", "DISABLED"),
        ("OIDC", "ENABLED"),
        ("SMOKE", "SIGNAL"),
    ):
        changed = MfaChanged(version=2, user_id=registered.user_id, factor=factor, change=change)
        await receive(session, TOLD, changed)

    told = (await session.scalars(select(Notification.title).order_by(Notification.id))).all()
    assert told == [
        "Signing in needs your authenticator app from now on",
        "A passkey was removed from your account",
        "Signing in at a provider that knows you opens your account from now on",
        "The way in which you sign in has changed",
    ]
