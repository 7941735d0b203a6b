"""Personal data: one register a service says what it holds, and drives letting go of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, case, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserDeleted
from contracts.event import Event

NOBODY = "deleted person"
"""What stands where a text is required and its author is gone."""

LOOK_AGAIN_SECS = (20, 600, 3900)
"""When to look again for what a request or handler wrote that was under way at the erasure."""

E = TypeVar("E", bound=Event)
Mine = Callable[[UUID], ColumnElement[bool]]

_BURY = text("""
    INSERT INTO tombstones (user_id, tombstone_id, erased_at, looks, look_again_at)
    VALUES (:user_id, :tombstone_id, now(), 0, now() + make_interval(secs => :secs))
    ON CONFLICT DO NOTHING RETURNING user_id
""")
_FIND = text("SELECT user_id, tombstone_id FROM tombstones WHERE user_id = ANY(:ids)")
STILL_DUE = (
    "user.deleted", "erasure.completed", "media.deleted", "course.archived", "webinar.cancelled",
    "payment.captured", "refund.requested", "refund.processed", "entitlement.granted",
    "entitlement.revoked",
)  # fmt: skip
"""What others still need if its person is gone: ends of things, money and its way."""

# What waits for another try, and what nobody could send: their bodies speak of people. They stay
# where the person only acted for others. (Escaped, every body is a text.)
_KIT_ROWS = {
    "idempotency_keys": text("DELETE FROM idempotency_keys WHERE caller_id = CAST(:id AS uuid)"),
    "deferred": text(
        "DELETE FROM deferred WHERE headers->>'cloudEvents:type' <> ALL(:still_due)"
        " AND position(:id IN regexp_replace(encode(body, 'escape'), :acting, '', 'g')) > 0"
    ),
    "export_wishes": text("DELETE FROM export_wishes WHERE user_id = CAST(:id AS uuid)"),
    "outbox": text(
        "DELETE FROM outbox WHERE parked_at IS NOT NULL"
        " AND split_part(type, '.v', 1) <> ALL(:still_due)"
        " AND position(:id IN regexp_replace(payload, :acting, '', 'g')) > 0"
    ),
}


class Erased(NamedTuple):
    """Somebody who is no more, and the name under which what must stay is kept."""

    user_id: UUID
    tombstone_id: UUID


class Part(NamedTuple):
    """One service's part: `key` holds its rows as JSON; `files` are objects, by their names."""

    export_id: UUID
    user_id: UUID
    key: str
    files: Mapping[str, str]


Step = Callable[[AsyncSession, Erased], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of one table about a person: `people` name them, or `mine` finds them.

    They are deleted, or stay under the tombstone with `blank` in place of what was personal.
    `why` they stay is a reason that the person could be told. `unseen` columns leave no house,
    not even for their owner; by `take`, if it is given, alone are rows the person's to take along.
    """

    table: Table
    people: tuple[str, ...] = ()
    mine: Mine | None = None
    stays: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    unseen: frozenset[str] = frozenset()
    take: tuple[str, ...] | None = None

    @property
    def theirs(self) -> Mine | None:
        """Which of the rows the person may take along: all, unless `take` names the columns."""
        if self.take is None:
            return self.of
        named = [self.table.c[name] for name in self.take]
        return (lambda user_id: or_(*(one == user_id for one in named))) if named else None

    def of(self, user_id: UUID) -> ColumnElement[bool]:
        """The rows about this person."""
        if self.mine is not None:
            return self.mine(user_id)
        return or_(*(self.table.c[name] == user_id for name in self.people))

    async def let_go(self, session: AsyncSession, who: Erased) -> int:
        """Delete or blank the rows. Returns how many.

        A row that came late, beside one that bears the tombstone already, is deleted.
        """
        mine = self.of(who.user_id)
        statement: Any = delete(self.table).where(mine)
        if self.stays:
            renamed: dict[str, Any] = {
                name: case(
                    (self.table.c[name] == who.user_id, who.tombstone_id), else_=self.table.c[name]
                )
                for name in self.people
            }
            statement = update(self.table).values(renamed | dict(self.blank))
            try:
                return await _done(session, statement.where(mine))
            except IntegrityError:
                return await self._one_by_one(session, statement, mine)
        return await _done(session, statement)

    async def _one_by_one(self, session: AsyncSession, change: Any, mine: Any) -> int:
        keys = self.table.primary_key.columns
        rows = (await session.execute(select(*keys).where(mine))).all()
        for row in rows:
            this = and_(*(key == value for key, value in zip(keys, row, strict=True)))
            try:
                await _done(session, change.where(this))
            except IntegrityError:
                await _done(session, delete(self.table).where(this))
        return len(rows)


async def _done(session: AsyncSession, statement: Any) -> int:
    async with session.begin_nested():
        result: Any = await session.execute(statement)
    return int(result.rowcount)


def erased(
    model: Any,
    *people: str,
    mine: Mine | None = None,
    unseen: str = "",
    take: str | None = None,
) -> Holding:
    """Rows that go."""
    taken = None if take is None else tuple(take.split())
    return Holding(model.__table__, people, mine, unseen=frozenset(unseen.split()), take=taken)


def kept(
    model: Any,
    *people: str,
    why: str,
    blank: Mapping[str, Any] | None = None,
    mine: Mine | None = None,
    take: str | None = None,
) -> Holding:
    """Rows that stay under the tombstone, with `blank` in place of what was personal."""
    held = erased(model, *people, mine=mine, take=take)
    return replace(held, stays=True, blank=blank or {}, why=why)


@dataclass(frozen=True, slots=True)
class Register:
    """All that a service holds of people, in the order in which it lets go of it.

    `before` works on the rows while they are there: counters of others, objects, announcements.
    `not_personal` are tables or `table.column`s that could hold something of a person, and do not.
    """

    holdings: Sequence[Holding]
    before: Sequence[Step] = ()
    not_personal: frozenset[str] = frozenset()


async def erase(
    session: AsyncSession, register: Register, deleted: UserDeleted
) -> dict[str, int] | None:
    """Let go of a person and remember that they are no more. None if that happened before."""
    who = Erased(deleted.user_id, deleted.tombstone_id)
    buried = await session.scalar(_BURY, {**who._asdict(), "secs": LOOK_AGAIN_SECS[0]})
    return None if buried is None else await let_go_of(session, register, who)


async def let_go_of(session: AsyncSession, register: Register, who: Erased) -> dict[str, int]:
    """Delete and blank what the register names; how many rows, by table. Harmless if repeated."""
    counts: dict[str, int] = {}
    for step in register.before:
        for name, count in (await step(session, who)).items():
            counts[name] = counts.get(name, 0) + count
    for holding in register.holdings:
        name = holding.table.name
        counts[name] = counts.get(name, 0) + await holding.let_go(session, who)
    named = {"id": str(who.user_id), "acting": acting(who.user_id), "still_due": list(STILL_DUE)}
    for name, statement in _KIT_ROWS.items():
        result: Any = await session.execute(statement, named)
        counts[name] = int(result.rowcount)
    return {name: count for name, count in counts.items() if count}


async def find_tombstones(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who of these is no more, with their tombstones."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = await session.execute(_FIND, {"ids": wanted})
    return {row.user_id: row.tombstone_id for row in rows}


async def without_erased(session: AsyncSession, events: Iterable[E]) -> list[E]:
    """Those that concern nobody who is no more: late news bring no person back.

    What somebody did for others before they left is still heard.
    """
    named = [(event, people_in(event, acting=False)) for event in events]
    gone = await find_tombstones(session, set().union(*(people for _, people in named)))
    return [event for event, people in named if people.isdisjoint(gone)]


def people_in(event: Event, *, acting: bool = True) -> set[UUID]:
    """Every id that an event carries, or those alone that do not tell who acted."""
    said = vars(event).items()
    return {one for name, one in said if isinstance(one, UUID) and (acting or not is_actor(name))}


def is_actor(name: str) -> bool:
    """Whether a field of events tells who acted, and not whom it concerns."""
    return name.endswith("_by") or name == "reviewer_id"


def acting(user_id: UUID) -> str:
    """How PostgreSQL finds the places of a body where this person is said to have acted."""
    return rf'"(\w+_by|reviewer_id)"\s*:\s*"{user_id}"'
