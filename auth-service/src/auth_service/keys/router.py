"""The public halves of the signing keys."""

from typing import Any

from fastapi import APIRouter, Response

from auth_service.dependencies import Keys
from servicekit.access import ANYONE

router = APIRouter(tags=["keys"])


@router.get("/.well-known/jwks.json", openapi_extra=ANYONE)
async def get_signing_keys(keys: Keys, response: Response) -> dict[str, Any]:
    """The key set that access tokens are verified with (RFC 7517); may be kept for five minutes."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return await keys.as_jwks()
