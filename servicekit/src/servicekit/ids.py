"""Identifiers: UUID version 7 (RFC 9562), so that keys grow with time and inserts stay local."""

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new UUIDv7."""
    return uuid_utils.compat.uuid7()
