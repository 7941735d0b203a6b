"""Messages for the audit trail, and hands that may do what the service may not."""

from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role, UserRoleChanged
from contracts.auth import SessionStarted
from contracts.event import Event
from notification_service.audit.consumers import record_acts
from servicekit.clock import now
from servicekit.ids import uuid7

Raise = Callable[..., UserRoleChanged]
Sign = Callable[..., SessionStarted]


@pytest.fixture
def raised() -> Raise:
    """`raised(by=…, user_id=…)`: somebody was given another role."""

    def make(by: UUID | None = None, user_id: UUID | None = None) -> UserRoleChanged:
        event = UserRoleChanged(
            version=1,
            user_id=user_id or uuid7(),
            from_role=Role.STUDENT,
            to_role=Role.INSTRUCTOR,
            changed_by=by or uuid7(),
        )
        return event.stamped(uuid7(), now())

    return make


@pytest.fixture
def signed_in() -> Sign:
    """`signed_in(user_id)`: that person signed in, from an address and with a device."""

    def make(user_id: UUID) -> SessionStarted:
        event = SessionStarted(
            version=1,
            session_id=uuid7(),
            user_id=user_id,
            method="PASSWORD",
            device="Firefox on Debian",
            address="198.51.100.7",
        )
        return event.stamped(uuid7(), now())

    return make


@pytest.fixture
def record(session: AsyncSession) -> Callable[[Sequence[Event]], object]:
    """`await record(events)`: one transaction of the handler, committed."""

    async def take(events: Sequence[Event]) -> None:
        await record_acts(session, events)
        await session.commit()

    return take


@pytest.fixture
async def superuser(
    database_url: str,
) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
    """Somebody with every right in this test's database, triggers off."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        for table in ("audit_entries", "audit_anchors", "audit_circumstances"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_stay")
        yield connection
