"""What notification-service holds of people, and what becomes of it."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, cast, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.archive.models import ArchivedEvent
from notification_service.audit.models import AuditCircumstance
from notification_service.dead_letters.models import DeadLetter
from notification_service.deliveries.models import Delivery
from notification_service.devices.models import Device
from notification_service.notifications.models import Notification, Preferences
from notification_service.people.models import Person
from notification_service.redaction import redact
from servicekit.privacy import STILL_DUE, Erased, Register, acting, erased, is_actor, kept

SLICE = 1000
# None at the erasure itself; what was archived a minute before it was under way.
_SINCE = text(
    "SELECT CASE WHEN erased_at < now() THEN erased_at - interval '1 minute' END"
    " FROM tombstones WHERE user_id = :id"
)


async def redact_archive(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Every event that names the person keeps what it counts, without what was said.

    What others were told of these events goes, unless the person only acted in them. Later looks
    see what was archived since the erasure. A slice at a time is in memory.
    """
    tombstone = await session.execute(_SINCE, {"id": who.user_id})
    since = tombstone.scalar_one_or_none()
    counts: Counter[str] = Counter()
    last: UUID | None = UUID(int=0)
    while last is not None:
        last = await _redact_slice(session, who, after=last, since=since, counts=counts)
    return counts


async def _redact_slice(
    session: AsyncSession,
    who: Erased,
    *,
    after: UUID,
    since: datetime | None,
    counts: Counter[str],
) -> UUID | None:
    archived = ArchivedEvent
    mention = cast(archived.payload, String).contains(str(who.user_id))
    wanted = select(
        archived.event_id,
        archived.type,
        archived.schema_version,
        archived.subject,
        archived.payload,
    ).where(mention, archived.event_id > after)
    if since is not None:
        wanted = wanted.where(archived.archived_at >= since)
    found = (await session.execute(wanted.order_by(archived.event_id).limit(SLICE))).all()
    if not found:
        return None
    rows = [
        {
            "known_id": event_id,
            "payload": redact((kind, version), payload, who),
            "subject": subject.replace(str(who.user_id), str(who.tombstone_id)),
        }
        for event_id, kind, version, subject, payload in found
    ]
    concerned = [row.event_id for row in found if _concerns(row.payload, who.user_id)]
    counts.update(await _forget_tellings(session, concerned))
    counts["archived_events"] += len(rows)
    table: Any = archived.__table__
    renewed = update(table).where(table.c.event_id == bindparam("known_id"))
    connection = await session.connection()
    await connection.execute(
        renewed.values(payload=bindparam("payload"), subject=bindparam("subject")), rows
    )
    return found[-1].event_id if len(found) == SLICE else None


def _concerns(payload: Mapping[str, Any], user_id: UUID) -> bool:
    """Whether an event speaks of the person, and not only of what they did to others."""
    said = {name: value for name, value in payload.items() if not is_actor(name)}
    return str(user_id) in json.dumps(said)


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
    concerns = func.regexp_replace(
        func.encode(DeadLetter.body, "escape"), acting(who.user_id), "", "g"
    ).contains(str(who.user_id))
    counts: dict[str, int] = {}
    for name, gone in (
        ("deliveries", delete(Delivery).where(Delivery.user_id.is_(None), to_them)),
        (
            "dead_letters",
            delete(DeadLetter).where(
                concerns,
                func.coalesce(DeadLetter.event_type, "").not_in(STILL_DUE),
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
)
