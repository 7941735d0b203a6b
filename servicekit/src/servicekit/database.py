"""Sessions, engines and what every service's models have in common."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Enum, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from servicekit.ids import uuid7
from servicekit.messaging.tables import messaging_tables
from servicekit.sessions import Sessions
from servicekit.settings import ServiceSettings
from servicekit.tables import kit_tables

__all__ = ["Sessions", "new_engine", "new_metadata", "new_sessions"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

TYPES: dict[Any, Any] = {
    str: Text(),
    datetime: DateTime(timezone=True),
    # Text of the enum's values: a native enum would hold member names and need migrations.
    StrEnum: Enum(
        StrEnum,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    ),
    dict[str, Any]: JSONB(),
    list[str]: JSONB(),
}
"""The `type_annotation_map` of every service's Model."""

AmountMinor = Annotated[int, mapped_column(BigInteger())]


def new_metadata() -> MetaData:
    """Metadata with the naming convention and the kit's own tables (outbox, inbox, deferred, …)."""
    metadata = MetaData(naming_convention=NAMING)
    messaging_tables(metadata)
    kit_tables(metadata)
    return metadata


class WithId:
    """A UUIDv7 key, set when the object is made: events and answers need it before the flush."""

    id: Mapped[UUID] = mapped_column(primary_key=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", uuid7())
        super().__init__(**values)


def new_engine(settings: ServiceSettings) -> AsyncEngine:
    """An engine with a bounded pool that waits one second for a connection, then refuses."""
    url = settings.database_url.get_secret_value().replace(
        "postgresql://", "postgresql+psycopg://", 1
    )
    return create_async_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_pre_ping=False,
        pool_recycle=1800,
        # Its errors go into logs; parameters are addresses, digests and sealed letters.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": f"{settings.service}/{settings.instance}",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        },
    )


def new_sessions(engine: AsyncEngine, **info: Any) -> Sessions:
    """A session factory; `info` goes into each session's `info` (settings, the engine side)."""
    return async_sessionmaker(engine, expire_on_commit=False, info=info)
