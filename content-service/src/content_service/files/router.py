"""Small files in one step: the same assets, without an upload address."""

import tempfile
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response, UploadFile
from starlette.responses import RedirectResponse

from content_service.intake.rules import LARGEST_FILE_BYTES
from content_service.media import service
from content_service.media.addresses import Signing
from content_service.media.errors import AssetNotReady
from content_service.media.models import AssetStatus
from content_service.media.queries import get_asset, list_assets
from content_service.media.schemas import AssetOut
from contracts.media import Purpose
from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import ObjectStorage, Tx, TxFactory

router = APIRouter(prefix="/files", tags=["files"])

CHUNK = 1 << 20


class SentFile:
    """A small file in a form, that its purpose takes by name and size."""

    def __init__(self, file: UploadFile, offer: service.Offer) -> None:
        self.file, self.offer = file, offer


async def _sent_file(
    file: UploadFile, purpose: Annotated[Purpose, Form()] = Purpose.ATTACHMENT
) -> SentFile:
    offer = service.Offer(
        filename=file.filename or "file",
        content_type=file.content_type or "application/octet-stream",
        size_bytes=file.size or 0,
        purpose=purpose,
    )
    return SentFile(file, offer)


FormFile = Annotated[SentFile, Depends(_sent_file)]


@router.post(
    "/upload",
    status_code=201,
    # The multipart frame itself takes some bytes.
    max_body_size=LARGEST_FILE_BYTES + 65_536,
)
async def upload_file(
    sent: FormFile,
    caller: Caller,
    sessions: TxFactory,
    storage: ObjectStorage,
    addresses: Signing,
    response: Response,
) -> AssetOut:
    """Upload a small file in one step. It is checked and worked on like any other asset."""
    async with sessions.begin() as session:
        asset = await service.announce_upload(
            session, sent.offer, owner=caller.user_id, upload_secs=0
        )
    with tempfile.NamedTemporaryFile() as copy:
        while chunk := await sent.file.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        await storage.put_file(asset.key, Path(copy.name))
    asset = await service.confirm_upload(sessions, storage, asset_id=asset.id, owner=caller.user_id)
    response.headers["Location"] = f"/api/v1/media/assets/{asset.id}"
    return addresses.asset_out(asset)


@router.get("/my-files")
async def list_my_files(
    caller: Caller, tx: Tx, addresses: Signing, limit: Limit = 20, cursor: Cursor = None
) -> Page[AssetOut]:
    """The caller's files, newest first."""
    rows = await list_assets(
        tx,
        owner=caller.user_id,
        purposes={Purpose.ATTACHMENT},
        before=decode_id(cursor),
        limit=limit + 1,
    )
    shown, next_cursor = page_of(rows, limit, lambda asset: (asset.id,))
    return Page(items=[addresses.asset_out(one) for one in shown], next_cursor=next_cursor)


@router.get("/download/{asset_id}", status_code=307, response_class=RedirectResponse)
async def download_file(
    asset_id: UUID, caller: Caller, tx: Tx, addresses: Signing
) -> RedirectResponse:
    """Go to a short-lived address that saves the file under its own name."""
    asset = await get_asset(tx, asset_id, owner=caller.user_id)
    if asset.status is not AssetStatus.READY:
        raise AssetNotReady(asset_status=asset.status)
    return RedirectResponse(addresses.signed(asset.key, filename=asset.filename).url)
