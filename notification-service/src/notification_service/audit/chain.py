"""The hash chain: the form in which an entry is hashed, and what is wrong with a row of them.

The canonical form is that of RFC 8785 as far as our values go (texts, integers, booleans, null,
lists and objects of these): JSON in UTF-8 without white space, members sorted by name. Times are
RFC 3339 in UTC with six digits of a second. An entry's hash is the SHA-256, in hexadecimal, of the
canonical form of all its members but `hash`; `previous_hash` is the hash of the entry before, 64
zeros for the first.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

GENESIS = "0" * 64
SALT_BYTES = 16

COLUMNS = (
    "number", "event_id", "action", "actor_id", "resource_type", "resource_id", "outcome", "cause",
    "details", "happened_at", "recorded_at", "commitment", "previous_hash",
)  # fmt: skip
"""What an entry's hash covers."""


class Entry(Protocol):
    """What is read of an entry to check it; its other columns are read by name."""

    @property
    def number(self) -> int:
        """Its place, from 1 without gaps."""

    @property
    def previous_hash(self) -> str:
        """The hash of the entry before."""

    @property
    def hash(self) -> str:
        """Its own hash."""


def canonical(members: Mapping[str, Any]) -> bytes:
    """The one way to write these members down."""
    plain = {name: _plain(value) for name, value in members.items()}
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID) else value


def hash_of(members: Mapping[str, Any]) -> str:
    """The hash of an entry of these members, which are those of `COLUMNS`."""
    return hashlib.sha256(canonical({name: members[name] for name in COLUMNS})).hexdigest()


def members_of(entry: Any) -> dict[str, Any]:
    """The members of a stored entry that its hash covers."""
    return {name: getattr(entry, name) for name in COLUMNS}


def exported(entry: Any) -> dict[str, Any]:
    """An entry as it leaves the house: in the form that is hashed, with its hash."""
    members = {name: _plain(value) for name, value in members_of(entry).items()}
    return members | {"hash": entry.hash}


def new_salt() -> str:
    """Makes the commitment to something guessable, such as an address, tell nothing."""
    return secrets.token_hex(SALT_BYTES)


def commitment_to(secret: Any) -> str:
    """What the chain holds instead of an address, a device and a note."""
    names = ("salt", "address", "device", "note")
    return hashlib.sha256(canonical({name: getattr(secret, name) for name in names})).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """How far the chain has been followed: the last good entry, or the first bad one."""

    number: int = 0
    hash: str = GENESIS
    broken: int | None = None
    cause: str | None = None

    def breaks(self, number: int, cause: str) -> "Link":
        """The same, and what comes next is wrong."""
        return Link(self.number, self.hash, number, cause)


def follow(link: Link, entries: Iterable[Entry], personal: Mapping[int, Any]) -> Link:
    """Go on along entries that are sorted by number, to the first that is wrong."""
    for entry in entries:
        wrong = _wrong_with(entry, link, personal.get(entry.number))
        if wrong is not None:
            return link.breaks(min(entry.number, link.number + 1), wrong)
        link = Link(entry.number, entry.hash)
    return link


def _wrong_with(entry: Entry, link: Link, secret: Any | None) -> str | None:
    if entry.number != link.number + 1:
        return "an entry is missing"
    if entry.previous_hash != link.hash:
        return "it does not follow the entry before"
    if entry.hash != hash_of(members_of(entry)):
        return "it was changed"
    if secret is not None and commitment_to(secret) != members_of(entry)["commitment"]:
        return "its address, device or note was changed"
    return None
