"""The public check: a route for programs, a page for whoever scans the QR code."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from course_service.verification import service
from course_service.verification.page import render_page
from course_service.verification.schemas import VerificationOut
from servicekit.access import ANYONE
from servicekit.web.app import Tx

router = APIRouter(prefix="/certificates", tags=["certificates"])
public_router = APIRouter(tags=["certificates"])

Code = Annotated[str, Path(max_length=100)]


@router.get("/verify/{code}", openapi_extra=ANYONE)
async def verify_certificate(code: Code, tx: Tx, request: Request) -> VerificationOut:
    """Check a certificate by its QR code or its number. Always 200: an unknown one is `UNKNOWN`."""
    return await _verify(tx, code, request)


@public_router.get("/verify/{code}", openapi_extra=ANYONE, response_class=HTMLResponse)
async def show_certificate(code: Code, tx: Tx, request: Request) -> HTMLResponse:
    """The page that a certificate's QR code opens."""
    return HTMLResponse(render_page(await _verify(tx, code, request)))


async def _verify(tx: Tx, code: str, request: Request) -> VerificationOut:
    issuer: str = request.app.state.settings.certificate_issuer
    return await service.verify_certificate(tx, code=code, issuer=issuer)
