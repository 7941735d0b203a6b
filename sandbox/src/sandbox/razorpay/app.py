"""The Razorpay stand-in as one application."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from sandbox.faults import FaultyAnswers, faults_router
from sandbox.razorpay.account import Account
from sandbox.razorpay.api import (
    BasicAuth,
    orders_router,
    payments_router,
    refunds_of_payments_router,
    refunds_router,
)
from sandbox.razorpay.checkout import checkout_router
from sandbox.razorpay.controls import controls_router
from sandbox.razorpay.errors import Refusal, refused, trouble


def create_app(account: Account) -> FastAPI:
    """Everything on Razorpay's port."""
    app = FastAPI(title="Razorpay sandbox", max_body_size=256 * 1024, redirect_slashes=False)
    for router in (
        orders_router(account),
        payments_router(account),
        refunds_of_payments_router(account),
        refunds_router(account),
        checkout_router(account),
        controls_router(account),
        faults_router(account.faults),
    ):
        app.include_router(router)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.exception_handler(Refusal)(_refusal)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http_error)
    app.add_middleware(BasicAuth, account=account)
    app.add_middleware(FaultyAnswers, faults=account.faults, prefixes=("/v1",), error=trouble)
    return app


async def _refusal(_request: Request, refusal: Refusal) -> JSONResponse:
    return refused(refusal.description, status=refusal.status, field=refusal.field)


async def _http_error(_request: Request, error: HTTPException) -> JSONResponse:
    # Razorpay answers 400 to an unknown path and to a known one with another method.
    if error.status_code in {404, 405}:
        return refused("The requested URL was not found on the server.")
    return refused(str(error.detail), status=error.status_code)


async def _invalid(_request: Request, invalid: RequestValidationError) -> JSONResponse:
    problem = invalid.errors()[0]
    if problem["type"] == "json_invalid":
        return refused("The request body is not valid JSON")
    field = ".".join(str(part) for part in problem["loc"][1:]) or None
    return refused(_described(problem["type"], field or "body", problem["msg"]), field=field)


# The words that Razorpay uses for the mistakes that are made most.
_WORDS = {
    "extra_forbidden": "{field} is/are not required and should not be sent",
    "missing": "The {field} field is required.",
    "int_type": "The {field} must be an integer.",
    "int_from_float": "The {field} must be an integer.",
}


def _described(kind: str, field: str, message: str) -> str:
    if kind == "greater_than_equal" and field == "amount":
        return "The amount must be at least INR 1.00"
    return _WORDS.get(kind, "The {field} is invalid: {message}").format(
        field=field, message=message
    )
