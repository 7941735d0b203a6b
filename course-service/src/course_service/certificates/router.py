"""Routes of certificates."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from course_service.certificates import queries, service
from course_service.certificates.models import Certificate
from course_service.certificates.schemas import (
    CertificateOut,
    GenerateIn,
    RevokeIn,
)
from course_service.settings import Settings
from servicekit.access import Admin, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import ObjectStorage, Tx

router = APIRouter(prefix="/certificates", tags=["certificates"])


@router.post(
    "/enrollments/{enrollment_id}/generate", status_code=201, response_model=CertificateOut
)
async def generate_certificate(
    enrollment_id: UUID,
    caller: Caller,
    tx: Tx,
    request: Request,
    response: Response,
    body: GenerateIn | None = None,
) -> Certificate:
    """The certificate of a completed enrollment: 201 when made, the same one with 200 later."""
    certificate, is_new = await service.generate_certificate(
        tx,
        enrollment_id=enrollment_id,
        body=body or GenerateIn(),
        public_url=_settings(request).public_url,
        by=caller,
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/certificates/{certificate.id}"
    return certificate


@router.get("/me")
async def list_my_certificates(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[CertificateOut]:
    """The caller's certificates, newest first."""
    rows = await queries.list_certificates(
        tx, user_id=caller.user_id, after=decode_id(cursor), limit=limit
    )
    items, next_cursor = page_of(rows, limit, lambda certificate: (certificate.id,))
    return Page(
        items=[CertificateOut.model_validate(each) for each in items], next_cursor=next_cursor
    )


@router.get("/{certificate_id}", response_model=CertificateOut)
async def get_certificate(certificate_id: UUID, caller: Caller, tx: Tx) -> Certificate:
    """One of the caller's own certificates."""
    return await queries.get_certificate(tx, certificate_id, owner=caller.user_id)


@router.get("/{certificate_id}/download", response_class=Response)
async def download_certificate(
    certificate_id: UUID, caller: Caller, tx: Tx, storage: ObjectStorage
) -> Response:
    """The PDF. 409 `certificate-not-ready` in the moment before it is printed."""
    certificate, pdf = await service.read_certificate(
        tx, certificate_id=certificate_id, storage=storage, by=caller
    )
    name = f'attachment; filename="{certificate.certificate_number}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/{certificate_id}/revoke", response_model=CertificateOut)
async def revoke_certificate(
    certificate_id: UUID, caller: Admin, tx: Tx, body: RevokeIn | None = None
) -> Certificate:
    """Take a certificate back; its public check says so from now on."""
    reason = body.reason if body else None
    return await service.revoke_certificate(
        tx, certificate_id=certificate_id, reason=reason, by=caller
    )


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found
