"""What the routes of uploads take from the request, as named types."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Request, UploadFile

from content_service.media.addresses import Addresses
from content_service.media.errors import UploadNotSigned
from content_service.media.quarantine import PREFIX, local
from content_service.media.service import Offer
from contracts.media import Purpose
from servicekit.web.app import ObjectStorage


async def _addresses(request: Request, storage: ObjectStorage) -> Addresses:
    return Addresses(storage, expires_in_secs=request.app.state.settings.download_secs)


Signing = Annotated[Addresses, Depends(_addresses)]


async def _upload_secs(request: Request) -> int:
    secs: int = request.app.state.settings.upload_secs
    return secs


UploadSecs = Annotated[int, Depends(_upload_secs)]


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


class SentFile:
    """A small file in a form, that its purpose takes by name and size."""

    def __init__(self, file: UploadFile, offer: Offer) -> None:
        self.file, self.offer = file, offer


async def _sent_file(
    file: UploadFile, purpose: Annotated[Purpose, Form()] = Purpose.ATTACHMENT
) -> SentFile:
    offer = Offer(
        filename=file.filename or "file",
        content_type=file.content_type or "application/octet-stream",
        size_bytes=file.size or 0,
        purpose=purpose,
    )
    return SentFile(file, offer)


FormFile = Annotated[SentFile, Depends(_sent_file)]
