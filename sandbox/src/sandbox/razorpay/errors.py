"""What Razorpay answers when it refuses, in its own form (razorpay.com/docs/errors)."""

from typing import Any

from fastapi.responses import JSONResponse


class Refusal(Exception):
    """A request that Razorpay would refuse; `status` is the HTTP status."""

    def __init__(self, description: str, *, status: int = 400, field: str | None = None) -> None:
        super().__init__(description)
        self.description = description
        self.status = status
        self.field = field


class NoSuchId(Refusal):
    """An id of the right form that nobody has."""

    def __init__(self) -> None:
        super().__init__("The id provided does not exist")


def error_body(
    description: str, *, code: str = "BAD_REQUEST_ERROR", field: str | None = None
) -> dict[str, Any]:
    """The error entity, every member present."""
    return {
        "error": {
            "code": code,
            "description": description,
            "field": field,
            "source": "business",
            "step": "payment_initiation",
            "reason": "input_validation_failed",
            "metadata": {},
        }
    }


def refused(description: str, *, status: int = 400, field: str | None = None) -> JSONResponse:
    """A refusal as a response."""
    return JSONResponse(error_body(description, field=field), status_code=status)


def unauthenticated() -> JSONResponse:
    """The answer to a wrong key id or secret."""
    body = error_body("Authentication failed")
    body["error"] |= {"source": "NA", "step": "NA", "reason": "NA"}
    return JSONResponse(
        body, status_code=401, headers={"WWW-Authenticate": 'Basic realm="Razorpay"'}
    )


def trouble(status: int) -> JSONResponse:
    """The answer to a request that Razorpay itself failed, or counted as one too many."""
    if status == 429:
        return refused("Request failed. Please try after sometime.", status=429)
    body = error_body(
        "We are facing some trouble completing your request at the moment. "
        "Please try again shortly.",
        code="SERVER_ERROR",
    )
    body["error"] |= {"source": "internal", "reason": "server_error"}
    return JSONResponse(body, status_code=status)
