"""The senders: due deliveries are taken, tried outside any transaction, and settled."""

import asyncio
import logging
from collections.abc import Sequence
from email.message import EmailMessage
from uuid import UUID

from notification_service.deliveries import service
from notification_service.deliveries.fcm import FcmGateway
from notification_service.deliveries.gateway import (
    Outcome,
    Push,
    PushGateway,
    Text,
    TextGateway,
)
from notification_service.deliveries.mails import LETTERS, TEXTS, mail_of
from notification_service.deliveries.models import Delivery
from notification_service.deliveries.sms import SnsGateway
from notification_service.deliveries.smtp import SmtpGateway
from notification_service.devices.queries import delete_tokens, list_devices
from notification_service.notifications.models import Channel, Notification
from notification_service.people.queries import find_person
from notification_service.settings import Settings
from servicekit.database import Sessions
from servicekit.sealing import SealBroken, unseal
from servicekit.worker import WorkerContext

log = logging.getLogger(__name__)

AT_ONCE = 50
Context = WorkerContext[Settings]


class PushSender:
    """Sends pushes; keeps its gateway, because its credentials are fetched once."""

    def __init__(self) -> None:
        self._gateway: PushGateway | None = None

    async def __call__(self, context: Context) -> None:
        """Send what is due, until nothing is."""
        while due := await _take(context.sessions, Channel.PUSH):
            self._gateway = self._gateway or _fcm(context.settings)
            pushes = {one.id: await _pushes_of(context.sessions, one) for one in due}
            flat = [push for some in pushes.values() for push in some]
            outcomes = await asyncio.to_thread(_send_all, self._gateway, flat)
            by_push = dict(zip(map(id, flat), outcomes, strict=True))
            for delivery_id, some in pushes.items():
                told = [(push, by_push[id(push)]) for push in some]
                await _settle_push(context.sessions, delivery_id, told)


def _fcm(settings: Settings) -> PushGateway:
    return FcmGateway(settings.fcm_credentials, settings.fcm_base_url)


def _send_all(gateway: PushGateway, pushes: Sequence[Push]) -> list[Outcome]:
    parts = [pushes[start : start + 500] for start in range(0, len(pushes), 500)]
    return [outcome for part in parts for outcome in gateway.send(part)]


class TextSender:
    """Sends SMS; keeps its gateway, because making one is dear."""

    def __init__(self) -> None:
        self._gateway: TextGateway | None = None

    async def __call__(self, context: Context) -> None:
        """Send what is due, until nothing is."""
        while due := await _take(context.sessions, Channel.SMS):
            self._gateway = self._gateway or SnsGateway(context.settings)
            texts = [(one.id, await _text_of(context, one)) for one in due]
            written = [(delivery_id, text) for delivery_id, text in texts if text is not None]
            outcomes = await asyncio.to_thread(self._gateway.send, [text for _, text in written])
            for (delivery_id, _), outcome in zip(written, outcomes, strict=True):
                await _settle(context.sessions, delivery_id, outcome)


async def _text_of(context: Context, delivery: Delivery) -> Text | None:
    """The SMS, or None when there is none to send; then the delivery is settled here."""
    try:
        words = unseal(context.settings.sealing_keys, delivery.sealed or "")
        return Text(delivery.content["phone_number"], TEXTS[delivery.kind].format(**words))
    except (SealBroken, KeyError) as broken:
        cause = type(broken).__name__
        await _settle(context.sessions, delivery.id, Outcome(refused=True, cause=cause))
        return None


async def send_mails(context: Context) -> None:
    """Send the mails that are due, until none is."""
    while due := await _take(context.sessions, Channel.EMAIL):
        mails: list[tuple[UUID, EmailMessage]] = []
        for delivery in due:
            mail = await _mail_of(context, delivery)
            if mail is not None:
                mails.append((delivery.id, mail))
        if mails:
            outcomes = await SmtpGateway(context.settings).send([mail for _, mail in mails])
            for (delivery_id, _), outcome in zip(mails, outcomes, strict=True):
                await _settle(context.sessions, delivery_id, outcome)


async def _take(sessions: Sessions, channel: Channel) -> Sequence[Delivery]:
    async with sessions.begin() as session:
        return await service.take_due(session, channel=channel, limit=AT_ONCE)


async def _pushes_of(sessions: Sessions, delivery: Delivery) -> list[Push]:
    async with sessions() as session:
        notification = await session.get(Notification, delivery.notification_id)
        devices = await list_devices(session, user_id=delivery.user_id or UUID(int=0))
    if notification is None or not notification.title:  # deleted since it was taken
        return []
    data = {name: str(value) for name, value in notification.data.items()}
    data |= {"type": notification.type, "notification_id": str(notification.id)}
    return [
        Push(device.token, notification.title, notification.body, data, str(notification.id))
        for device in devices
        if device.token
    ]


async def _settle_push(
    sessions: Sessions, delivery_id: UUID, told: Sequence[tuple[Push, Outcome]]
) -> None:
    """Sent to one device is sent; dead tokens go; only when none took it is there another try."""
    async with sessions.begin() as session:
        dead = [push.token for push, outcome in told if outcome.dead]
        if dead:
            await delete_tokens(session, dead)
    alive = [outcome for _, outcome in told if not outcome.dead]
    best = next((one for one in alive if one.sent), alive[0] if alive else None)
    if best is None:
        async with sessions.begin() as session:
            await service.record_skipped(session, delivery_id=delivery_id, cause="no device")
        return
    await _settle(sessions, delivery_id, best)


async def _settle(sessions: Sessions, delivery_id: UUID, outcome: Outcome) -> None:
    cause = outcome.cause or "unknown"
    async with sessions.begin() as session:
        if outcome.sent:
            await service.record_sent(session, delivery_id=delivery_id)
        elif outcome.refused:
            await service.record_refused(session, delivery_id=delivery_id, cause=cause)
        else:
            await service.record_failure(
                session, delivery_id=delivery_id, cause=cause, wait_secs=outcome.wait_secs
            )


async def _mail_of(context: Context, delivery: Delivery) -> EmailMessage | None:
    """The mail, or None when there is nowhere to send it; then the delivery is settled here."""
    async with context.sessions() as session:
        person = await find_person(session, delivery.user_id or UUID(int=0))
        notification = await session.get(Notification, delivery.notification_id or UUID(int=0))
    address = delivery.content.get("email") or (person.email if person else None)
    if address is None and person is not None and person.contact_version > 0:
        # Signed up with a phone number.
        async with context.sessions.begin() as session:
            await service.record_skipped(session, delivery_id=delivery.id, cause="no address")
        return None
    if address is None:
        # The person's copy may be a moment behind; the delays bring it back.
        await _settle(context.sessions, delivery.id, Outcome(cause="no address yet"))
        return None
    try:
        words = _words_of(context.settings, delivery, notification)
        sender = context.settings.smtp_from
        return mail_of(sender=sender, to=address, delivery_id=delivery.id, words=words)
    except (SealBroken, ValueError) as broken:
        cause = type(broken).__name__
        await _settle(context.sessions, delivery.id, Outcome(refused=True, cause=cause))
        return None


def _words_of(
    settings: Settings, delivery: Delivery, notification: Notification | None
) -> dict[str, object]:
    if delivery.sealed is not None:
        return {**LETTERS[delivery.kind], **unseal(settings.sealing_keys, delivery.sealed)}
    if notification is None or not notification.title:  # deleted since it was taken
        raise ValueError("a delivery without words")
    return {"subject": notification.title, "lines": [notification.body]}
