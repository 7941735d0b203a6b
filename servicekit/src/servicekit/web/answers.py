"""How exceptions become problem details."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from servicekit import problems
from servicekit.problems import MEDIA_TYPE, Problem
from servicekit.web.idempotency import Replay

log = logging.getLogger(__name__)

_BY_STATUS: dict[int, type[Problem]] = {
    400: problems.BadRequest,
    401: problems.Unauthorized,
    403: problems.Forbidden,
    404: problems.NotFound,
    405: problems.MethodNotAllowed,
    413: problems.ContentTooLarge,
}


def render(request: Request, problem: Problem) -> Response:
    """The answer for a problem."""
    body = problem.as_json(instance=request.url.path, request_id=request.state.request_id)
    return Response(
        json.dumps(body, default=str),
        status_code=int(problem.status),
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


async def _answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101  (registered for this class alone)
    return render(request, problem)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for this class alone)
    known = _BY_STATUS.get(error.status_code)
    if known is not None:
        return render(request, known(headers=dict(error.headers or {})))
    log.warning("unexpected http error", extra={"status": error.status_code})
    return render(request, problems.InternalError())


def _pointer(location: tuple[int | str, ...]) -> dict[str, str]:
    where, *rest = location or ("body",)
    path = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in rest)
    return {"pointer": path} if where == "body" else {"parameter": "/".join(map(str, rest))}


def _errors_of(error: RequestValidationError) -> list[dict[str, Any]]:
    return [
        {**_pointer(one["loc"]), "detail": one["msg"], "kind": one["type"]}
        for one in error.errors()[:20]
    ]


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for this class alone)
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return render(request, problems.BadRequest("The body is not valid JSON"))
    return render(request, problems.ValidationFailed(errors=_errors_of(error)))


async def _answer_database(request: Request, error: Exception) -> Response:
    if isinstance(error, DataError):
        return render(request, problems.Unprocessable())
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout) or _is_away(error):
        log.warning("database does not answer", extra={"cause": type(error).__name__})
        return render(request, problems.ServiceUnavailable("The database does not answer"))
    log.error("database refused a statement", exc_info=error)
    return render(request, problems.InternalError())


def _is_away(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


async def _answer_again(_request: Request, replay: Exception) -> Response:
    assert isinstance(replay, Replay)  # noqa: S101  (registered for this class alone)
    return replay.response


def answer_with_problems(app: FastAPI) -> None:
    """Register the handlers that turn exceptions into problem details."""
    answers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        Problem: _answer_problem,
        Replay: _answer_again,
        HTTPException: _answer_http,
        RequestValidationError: _answer_validation,
        DBAPIError: _answer_database,
        PoolTimeout: _answer_database,
        ConnectionError: _answer_database,
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, answer)
