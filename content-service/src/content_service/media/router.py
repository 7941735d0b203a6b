"""Uploads and assets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette import status

from content_service.intake.quarantine import PREFIX
from content_service.media import service
from content_service.media.addresses import Signing
from content_service.media.errors import AssetNotFound
from content_service.media.queries import get_asset, list_assets
from content_service.media.schemas import (
    AssetOut,
    ConfirmIn,
    SignedUrlOut,
    UploadIn,
    UploadOut,
)
from contracts.media import Purpose
from servicekit.access import Caller
from servicekit.fields import Line
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import ObjectStorage, Tx, TxFactory

router = APIRouter(tags=["media"])


async def _upload_secs(request: Request) -> int:
    secs: int = request.app.state.settings.upload_secs
    return secs


UploadSecs = Annotated[int, Depends(_upload_secs)]


@router.post("/media/upload", status_code=201)
async def announce_upload(
    body: UploadIn,
    response: Response,
    caller: Caller,
    tx: Tx,
    storage: ObjectStorage,
    secs: UploadSecs,
) -> UploadOut:
    """Ask for an address to send a file to, then send it, then confirm.

    Type and size must suit the purpose. `SCORM` packages are not taken yet.
    """
    offer = service.Offer(**body.model_dump())
    asset = await service.announce_upload(tx, offer, owner=caller.user_id, upload_secs=secs)
    upload = storage.sign_upload(
        asset.key,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        expires_in_secs=secs,
    )
    response.headers["Location"] = f"/api/v1/media/assets/{asset.id}"
    return UploadOut(
        asset_id=asset.id,
        upload_url=upload.url,
        method=upload.method,
        headers=upload.headers,
        expires_at=upload.expires_at,
    )


@router.post("/media/upload/confirm")
async def confirm_upload(
    body: ConfirmIn,
    caller: Caller,
    sessions: TxFactory,
    storage: ObjectStorage,
    addresses: Signing,
) -> AssetOut:
    """Have the uploaded file checked, by content, and worked on. Repeating it changes nothing.

    A file of the wrong type or size is refused, and its asset is FAILED with the reason.
    """
    asset = await service.confirm_upload(
        sessions, storage, asset_id=body.asset_id, owner=caller.user_id, sha256=body.sha256
    )
    return addresses.asset_out(asset)


@router.get("/media/assets")
async def list_my_assets(
    caller: Caller,
    tx: Tx,
    addresses: Signing,
    purpose: Purpose | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AssetOut]:
    """The caller's assets, newest first."""
    rows = await list_assets(
        tx,
        owner=caller.user_id,
        purposes=None if purpose is None else {purpose},
        before=decode_id(cursor),
        limit=limit + 1,
    )
    shown, next_cursor = page_of(rows, limit, lambda asset: (asset.id,))
    return Page(items=[addresses.asset_out(one) for one in shown], next_cursor=next_cursor)


@router.get("/media/assets/{asset_id}")
async def get_my_asset(asset_id: UUID, caller: Caller, tx: Tx, addresses: Signing) -> AssetOut:
    """One of the caller's assets: how far it is, and its variants."""
    return addresses.asset_out(await get_asset(tx, asset_id, owner=caller.user_id))


@router.delete("/media/assets/{asset_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_asset(asset_id: UUID, caller: Caller, tx: Tx) -> None:
    """Take one of the caller's assets away, with everything made of it."""
    await service.delete_asset(tx, asset_id=asset_id, owner=caller.user_id)


@router.get("/media/assets/{asset_id}/url")
async def get_asset_url(
    asset_id: UUID,
    caller: Caller,
    tx: Tx,
    addresses: Signing,
    variant: Annotated[str | None, Query(max_length=50)] = None,
) -> SignedUrlOut:
    """An address to read the asset, or one of its variants; private ones are short-lived."""
    asset = await get_asset(tx, asset_id, owner=caller.user_id)
    return addresses.url_of(asset, variant=variant)


@router.get("/storage/sign")
async def sign_object(
    key: Annotated[Line, Query(max_length=500)], caller: Caller, tx: Tx, addresses: Signing
) -> SignedUrlOut:
    """An address for one object of the caller's assets."""
    try:
        asset_id = UUID(key.split("/")[1])
    except (IndexError, ValueError) as foreign:
        raise AssetNotFound from foreign
    asset = await get_asset(tx, asset_id, owner=caller.user_id)
    if key.startswith(PREFIX) or key not in set(asset.keys()):
        raise AssetNotFound
    return addresses.signed(key)
