"""The door by which uploads arrive where the provider of objects is `local`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from content_service.intake.errors import (
    UploadClosed,
    UploadNotSigned,
    UploadSizeRefused,
    UploadTypeRefused,
)
from content_service.intake.quarantine import PREFIX, local, receive
from content_service.intake.rules import LARGEST_BYTES, plain_type
from content_service.intake.schemas import StoredOut
from content_service.media.queries import takes_upload
from servicekit.access import ANYONE
from servicekit.web.app import ObjectStorage, TxFactory

router = APIRouter(tags=["media"])


class UploadAddress:
    """The query of a signed upload address, whose signature is checked."""

    def __init__(
        self,
        key: str,
        storage: ObjectStorage,
        expires: Annotated[int, Query(ge=0, le=2**40)],
        signature: Annotated[str, Query(max_length=100)],
        size: Annotated[int, Query(ge=0, le=2**40)],
        content_type: Annotated[str, Query(max_length=200)],
    ) -> None:
        self.key, self.size_bytes, self.content_type = key, size, content_type
        signed = local(storage).upload_is_signed(
            key, expires=expires, signature=signature, size_bytes=size, content_type=content_type
        )
        if not signed or not key.startswith(PREFIX):
            raise UploadNotSigned
        self.asset_id = UUID(key.removeprefix(PREFIX))


async def _upload_address(address: Annotated[UploadAddress, Depends()]) -> UploadAddress:
    return address


SignedAddress = Annotated[UploadAddress, Depends(_upload_address)]


@router.put("/storage/upload/{key:path}", openapi_extra=ANYONE, max_body_size=LARGEST_BYTES)
async def receive_upload(
    key: str,  # noqa: ARG001  (its signature is checked by the dependency)
    request: Request,
    address: SignedAddress,
    sessions: TxFactory,
    storage: ObjectStorage,
) -> StoredOut:
    """Take exactly the announced bytes into quarantine. The signature in the address is the right.

    Sending them again before the confirmation replaces them.
    """
    sent_type = request.headers.get("content-type")
    if sent_type is not None and plain_type(sent_type) != plain_type(address.content_type):
        raise UploadTypeRefused(content_type=sent_type, allowed=[address.content_type])
    length = request.headers.get("content-length")
    if length is not None and length != str(address.size_bytes):
        raise UploadSizeRefused(limit_bytes=address.size_bytes)
    async with sessions.begin() as session:
        if not await takes_upload(session, address.key, asset_id=address.asset_id):
            raise UploadClosed
    await receive(local(storage), address.key, request.stream(), size_bytes=address.size_bytes)
    return StoredOut(size_bytes=address.size_bytes)
