"""What notification-service holds of people, and what becomes of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, cast, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.archive.models import ArchivedEvent
from notification_service.audit.models import AuditCircumstance
from notification_service.dead_letters.models import DeadLetter
from notification_service.deliveries.models import Delivery
from notification_service.devices.models import Device
from notification_service.notifications.models import Notification, Preferences
from notification_service.people.models import Person
from notification_service.redaction import redact
from servicekit.privacy import Erased, Register, erased, kept

STILL_DUE = ("payment.captured", "refund.processed", "entitlement.granted", "entitlement.revoked")
"""Money goes its way even if its person is gone; these carry ids and amounts alone."""


async def redact_archive(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Every event that names the person keeps what it counts, without what was said.

    What others were told of these events goes.
    """
    archived = ArchivedEvent
    named = cast(archived.payload, String).contains(str(who.user_id))
    found = await session.execute(
        select(
            archived.event_id,
            archived.type,
            archived.schema_version,
            archived.subject,
            archived.payload,
        ).where(named)
    )
    rows = [
        {
            "known_id": event_id,
            "payload": redact((kind, version), payload, who),
            "subject": subject.replace(str(who.user_id), str(who.tombstone_id)),
        }
        for event_id, kind, version, subject, payload in found
    ]
    told = await _forget_tellings(session, [row["known_id"] for row in rows])
    if rows:
        table: Any = archived.__table__
        renewed = update(table).where(table.c.event_id == bindparam("known_id"))
        connection = await session.connection()
        await connection.execute(
            renewed.values(payload=bindparam("payload"), subject=bindparam("subject")), rows
        )
    return {"archived_events": len(rows), **told}


async def _forget_tellings(session: AsyncSession, event_ids: list[UUID]) -> Mapping[str, int]:
    about = select(Notification.id).where(Notification.event_id.in_(event_ids))
    counts: dict[str, int] = {}
    for name, gone in (
        ("deliveries", delete(Delivery).where(Delivery.notification_id.in_(about))),
        ("notifications", delete(Notification).where(Notification.event_id.in_(event_ids))),
    ):
        result: Any = await session.execute(gone)
        counts[name] = result.rowcount
    return counts


async def forget_letters(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Codes to the person's addresses are nobody's by id; dead letters name them in their body."""
    person = await session.get(Person, who.user_id)
    addresses = [one for one in (person and (person.email, person.phone_number)) or () if one]
    if person is not None:
        session.expunge(person)
    content = Delivery.content
    to_them = or_(
        content["email"].astext.in_(addresses), content["phone_number"].astext.in_(addresses)
    )
    mention = func.convert_to(literal(str(who.user_id)), "UTF8")
    counts: dict[str, int] = {}
    for name, gone in (
        ("deliveries", delete(Delivery).where(Delivery.user_id.is_(None), to_them)),
        (
            "dead_letters",
            delete(DeadLetter).where(
                func.position(mention.op("IN")(DeadLetter.body)) > 0,
                func.coalesce(DeadLetter.event_type, "").not_in(["user.deleted", *STILL_DUE]),
            ),
        ),
    ):
        result: Any = await session.execute(gone)
        counts[name] = result.rowcount
    return counts


REGISTER = Register(
    before=(redact_archive, forget_letters),
    holdings=(
        erased(Delivery, "user_id", unseen="sealed"),
        erased(Notification, "user_id"),
        erased(Device, "user_id", unseen="token"),
        erased(Preferences, "user_id"),
        erased(Person, "user_id"),
        erased(AuditCircumstance, "person_id", unseen="salt"),
        kept(DeadLetter, "settled_by", take="", why="that somebody settled it"),
    ),
    not_personal=frozenset(
        {
            # Ids, numbers and words of ours, which nobody can change: decision 14.
            "audit_entries",
            "audit_anchors",
            # `redact_archive` and `forget_letters` look into them.
            "archived_events",
            "dead_letters",
            "deliveries.source_event_id",
            "notifications.event_id",
        }
    ),
    still_due=STILL_DUE,
)
