"""SQL for erasures and exports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.privacy.models import Erasure, ErasureAnswer, Export, ExportPart
from auth_service.sessions.models import AuthSession
from contracts.privacy import ErasureCompleted, ExportPartReady


async def has_signed_in_since(session: AsyncSession, *, sid: UUID, since: datetime) -> bool:
    """Whether this session began, by whatever proof, after `since`."""
    began = await session.scalar(select(AuthSession.started_at).where(AuthSession.id == sid))
    return began is not None and began > since


async def hold_whole_person(session: AsyncSession, user_id: UUID) -> None:
    """Nobody comes to point to the person any more; whoever is about to is waited for.

    Before anything else of theirs is locked: only then does nobody wait in a ring.
    """
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())


async def find_erasure(session: AsyncSession, user_id: UUID) -> Erasure | None:
    """The erasure of this person, if they are no more."""
    return await session.scalar(select(Erasure).where(Erasure.user_id == user_id))


async def lock_erasure(session: AsyncSession, erasure_id: UUID) -> Erasure | None:
    """One erasure, locked."""
    return await session.get(Erasure, erasure_id, with_for_update=True)


async def add_answer(session: AsyncSession, answer: ErasureCompleted) -> None:
    """Write a service's answer down, the first one."""
    row = insert(ErasureAnswer).values(
        erasure_id=answer.erasure_id,
        service=answer.service,
        counts=answer.counts,
        answered_at=answer.happened_at,
    )
    await session.execute(row.on_conflict_do_nothing())


async def list_answers(session: AsyncSession, erasure_id: UUID) -> set[str]:
    """The services that have answered."""
    answered = select(ErasureAnswer.service).where(ErasureAnswer.erasure_id == erasure_id)
    return set(await session.scalars(answered))


async def list_unasked(
    session: AsyncSession, *, asked_before: datetime, limit: int
) -> Sequence[Erasure]:
    """Erasures that somebody has not answered, those first that were asked of the longest ago.

    They are locked; those that others hold are left.
    """
    waiting = (
        select(Erasure)
        .where(Erasure.completed_at.is_(None), Erasure.asked_at < asked_before)
        .order_by(Erasure.asked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(waiting)).all()


async def count_answered(
    session: AsyncSession, *, requested_before: datetime
) -> tuple[int, dict[str, int]]:
    """How many older erasures are open, and how many of these each service has answered."""
    late = Erasure.completed_at.is_(None), Erasure.requested_at < requested_before
    answers = (
        select(ErasureAnswer.service, func.count().label("count"))
        .join(Erasure, Erasure.id == ErasureAnswer.erasure_id)
        .where(*late)
        .group_by(ErasureAnswer.service)
    )
    answered = {row.service: int(row[1]) for row in await session.execute(answers)}
    late_ones = await session.scalar(select(func.count()).select_from(Erasure).where(*late))
    return late_ones or 0, answered


async def begin_export(
    session: AsyncSession, user_id: UUID, *, at: datetime
) -> tuple[Export, bool]:
    """The person's export, locked, and whether it was made just now.

    One that has expired is nobody's any more: it makes room for the next.
    """
    mine = select(Export).where(Export.user_id == user_id).with_for_update()
    while True:
        await session.execute(
            update(Export)
            .where(Export.user_id == user_id, Export.expires_at <= at)
            .values(user_id=Export.id)
        )
        row = Export(user_id=user_id)
        columns = {column.name: getattr(row, column.name) for column in Export.__table__.columns}
        made = await session.scalar(
            insert(Export).values(columns).on_conflict_do_nothing().returning(Export.id)
        )
        # Whoever forgets an export meanwhile leaves none to find.
        found = await session.scalar(mine)
        if found is not None and (found.expires_at is None or found.expires_at > at):
            return found, made is not None


async def lock_export(session: AsyncSession, export_id: UUID) -> Export | None:
    """One export, locked."""
    return await session.get(Export, export_id, with_for_update=True)


async def add_part(session: AsyncSession, part: ExportPartReady) -> None:
    """Write down that a service has written its part."""
    row = insert(ExportPart).values(
        part.model_dump(include={"export_id", "service", "key", "files"})
    )
    await session.execute(row.on_conflict_do_nothing())


async def list_parts(session: AsyncSession, export_id: UUID) -> Sequence[ExportPart]:
    """The parts that are written."""
    written = select(ExportPart).where(ExportPart.export_id == export_id)
    return (await session.scalars(written.order_by(ExportPart.service))).all()


async def claim_export(
    session: AsyncSession, *, at: datetime, lease: timedelta, answers: int
) -> Export | None:
    """An export whose parts are all there, or whose time is up, held for `lease`."""
    parts = select(func.count()).where(ExportPart.export_id == Export.id).scalar_subquery()
    free = (
        select(Export.id)
        .where(
            Export.ready_at.is_(None),
            Export.expires_at.is_(None),
            Export.due_at <= at,
            or_(Export.deadline <= at, parts >= answers),
        )
        .order_by(Export.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    held = update(Export).where(Export.id == free.scalar_subquery()).values(due_at=at + lease)
    return await session.scalar(held.returning(Export))


async def find_expired_export(session: AsyncSession, *, at: datetime) -> Export | None:
    """An export that nobody may fetch any more."""
    return await session.scalar(select(Export).where(Export.expires_at <= at).limit(1))


async def renew_lease(session: AsyncSession, export_id: UUID, *, until: datetime) -> None:
    """Whoever packs this export goes on holding it."""
    mine = update(Export).where(Export.id == export_id, Export.ready_at.is_(None))
    await session.execute(mine.values(due_at=until))


async def list_exports(session: AsyncSession) -> set[str]:
    """The ids of all exports that are known, as texts."""
    return {str(one) for one in await session.scalars(select(Export.id))}
