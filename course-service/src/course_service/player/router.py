"""Routes of the player and of progress."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from course_service.player import content, service
from course_service.player.content import Signer
from course_service.player.models import LessonProgress
from course_service.player.schemas import (
    ContentOut,
    CourseProgressOut,
    DocumentBeatIn,
    DocumentBeatOut,
    HeartbeatIn,
    HeartbeatOut,
    LessonProgressOut,
    ProgressDetailOut,
    ProgressIn,
)
from course_service.playlists import MEDIA_TYPE
from servicekit.access import ANYONE, Caller
from servicekit.web.app import Tx

router = APIRouter(tags=["player"])


async def _signer(request: Request) -> Signer:
    state = request.app.state
    key: bytes = state.settings.storage_signing_key.get_secret_value().encode()
    return Signer(storage=state.storage, key=key, public_url=state.settings.public_url)


Signing = Annotated[Signer, Depends(_signer)]
Expires = Annotated[int, Query(ge=0, le=9_999_999_999)]
Signature = Annotated[str, Query(max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


async def _proof(expires: Expires, signature: Signature) -> tuple[int, str]:
    return expires, signature


Proof = Annotated[tuple[int, str], Depends(_proof)]
"""What opens a playlist: until when, and the signature over it."""


@router.post("/player/lessons/{lesson_id}/heartbeat")
async def watch(lesson_id: UUID, body: HeartbeatIn, caller: Caller, tx: Tx) -> HeartbeatOut:
    """Tell what was watched. More than real time x rate since the last beat is not believed."""
    progress = await service.watch(tx, lesson_id=lesson_id, body=body, by=caller)
    return HeartbeatOut(
        position_secs=progress.position_secs or 0,
        watched_pct=progress.covered_pct,
        total_watched_secs=progress.total,
        is_completed=progress.is_completed,
    )


@router.post("/player/lessons/{lesson_id}/heartbeat/document")
async def read_pages(
    lesson_id: UUID, body: DocumentBeatIn, caller: Caller, tx: Tx
) -> DocumentBeatOut:
    """Tell which pages were seen, counted from 1."""
    progress, pages = await service.read_pages(tx, lesson_id=lesson_id, body=body, by=caller)
    return DocumentBeatOut(
        current_page=progress.current_page or body.current_page,
        pages_viewed=_pages(progress),
        page_count=pages,
        viewed_pct=progress.covered_pct,
        is_completed=progress.is_completed,
    )


@router.get("/player/lessons/{lesson_id}/content")
async def get_content(
    lesson_id: UUID, caller: Caller, tx: Tx, signer: Signing, response: Response
) -> ContentOut:
    """Signed addresses of what the lesson shows, and where to go on."""
    response.headers["Cache-Control"] = "private, no-store"
    return await content.get_content(tx, lesson_id=lesson_id, signer=signer, by=caller)


@router.get(
    "/player/lessons/{lesson_id}/hls/master.m3u8",
    openapi_extra=ANYONE,
    response_class=Response,
)
async def get_master_playlist(lesson_id: UUID, tx: Tx, signer: Signing, proof: Proof) -> Response:
    """The HLS master playlist; the signature of `hls_manifest_url` opens it, without a token."""
    playlist = await content.get_master(tx, lesson_id=lesson_id, proof=proof, signer=signer)
    return _playlist(playlist)


@router.get(
    "/player/lessons/{lesson_id}/hls/{name}.m3u8",
    openapi_extra=ANYONE,
    response_class=Response,
)
async def get_variant_playlist(
    lesson_id: UUID,
    name: Annotated[str, Path(max_length=50)],
    tx: Tx,
    signer: Signing,
    proof: Proof,
) -> Response:
    """The HLS playlist of one rung; every segment's address is signed."""
    playlist = await content.get_variant(
        tx, lesson_id=lesson_id, name=name, proof=proof, signer=signer
    )
    return _playlist(playlist)


@router.post("/lms/lessons/{lesson_id}/progress")
async def report_progress(
    lesson_id: UUID, caller: Caller, tx: Tx, body: ProgressIn | None = None
) -> LessonProgressOut:
    """Finish a text. Every other kind of lesson is measured, and answers how far it is."""
    progress, lesson = await service.report_progress(
        tx, lesson_id=lesson_id, body=body or ProgressIn(), by=caller
    )
    return service.describe(lesson, progress)


@router.get("/lms/courses/{course_id}/progress")
async def get_course_progress(course_id: UUID, caller: Caller, tx: Tx) -> CourseProgressOut:
    """Which lessons the caller has finished."""
    return await service.get_course_progress(tx, course_id=course_id, by=caller)


@router.get("/player/courses/{course_id}/progress/detail")
async def get_progress_detail(course_id: UUID, caller: Caller, tx: Tx) -> ProgressDetailOut:
    """How much of each lesson the caller has seen, weighted."""
    return await service.get_progress_detail(tx, course_id=course_id, by=caller)


def _pages(progress: LessonProgress) -> list[int]:
    return [page for low, high in progress.spans for page in range(low, high)]


def _playlist(text: str) -> Response:
    return Response(text, media_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})
