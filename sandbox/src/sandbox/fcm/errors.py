"""FCM's refusals in the documented form (FCM HTTP v1, ErrorCode)."""

from typing import Any

from fastapi.responses import JSONResponse

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class FcmRefusal(Exception):
    """A message that FCM would not take."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "INVALID_ARGUMENT",
        fcm_code: str | None = "INVALID_ARGUMENT",
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.fcm_code = fcm_code
        self.field = field

    def response(self) -> JSONResponse:
        """The refusal as an answer; a quota says when to come back."""
        details: list[dict[str, Any]] = []
        if self.fcm_code is not None:
            details.append({"@type": _FCM_ERROR, "errorCode": self.fcm_code})
        if self.field is not None:
            violation = {"field": self.field, "description": self.message}
            details.append({"@type": _BAD_REQUEST, "fieldViolations": [violation]})
        error = {
            "code": self.status,
            "message": self.message,
            "status": self.code,
            "details": details,
        }
        headers = {"Retry-After": "1"} if self.status in {429, 503} else None
        return JSONResponse({"error": error}, status_code=self.status, headers=headers)


# Registration tokens that begin so meet this fate.
FATES: dict[str, FcmRefusal] = {
    "unregistered-": FcmRefusal(
        "Requested entity was not found.", status=404, code="NOT_FOUND", fcm_code="UNREGISTERED"
    ),
    "invalid-": FcmRefusal(
        "The registration token is not a valid FCM registration token", field="message.token"
    ),
    "quota-": FcmRefusal(
        "Quota exceeded for sends to this device.",
        status=429,
        code="RESOURCE_EXHAUSTED",
        fcm_code="QUOTA_EXCEEDED",
    ),
    "mismatch-": FcmRefusal(
        "SenderId mismatch", status=403, code="PERMISSION_DENIED", fcm_code="SENDER_ID_MISMATCH"
    ),
    "apns-": FcmRefusal(
        "Auth error from APNS or Web Push Service",
        status=401,
        code="UNAUTHENTICATED",
        fcm_code="THIRD_PARTY_AUTH_ERROR",
    ),
    "unavailable-": FcmRefusal(
        "The service is currently unavailable.",
        status=503,
        code="UNAVAILABLE",
        fcm_code="UNAVAILABLE",
    ),
    "internal-": FcmRefusal(
        "Internal error encountered.", status=500, code="INTERNAL", fcm_code="INTERNAL"
    ),
}


def trouble(status: int) -> JSONResponse:
    """The answer to a request that Google itself failed, or counted as one too many."""
    fate = FATES["quota-" if status == 429 else "internal-"]
    return fate.response()
