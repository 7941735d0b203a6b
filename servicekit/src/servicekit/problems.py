"""Errors as classes, rendered as problem details (RFC 9457)."""

import re
from http import HTTPStatus
from typing import Any, ClassVar

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is no success. Facts travel as members: `CourseNotFinished(progress_pct=60)`.

    `code` is the kebab form of the class name and the last segment of `type`; the docstring's first
    line is what `/problems/{code}` explains.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self, detail: str | None = None, *, headers: dict[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail, self.headers, self.members = detail, headers or {}, members

    @classmethod
    def code(cls) -> str:
        """The public word for this problem, such as `course-not-finished`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def as_json(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """The body of the answer."""
        return problem_json(
            self.code(),
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=instance,
            request_id=request_id,
            **self.members,
        )


def problem_json(
    code: str, *, title: str, status: int, instance: str, request_id: str, **members: Any
) -> dict[str, Any]:
    """Problem details with the members that every answer carries; None is left out."""
    body = {
        "type": f"/problems/{code}",
        "code": code,
        "title": title,
        "status": status,
        "instance": instance,
        "request_id": request_id,
        **members,
    }
    return {name: value for name, value in body.items() if value is not None}


class BadRequest(Problem):
    """The request cannot be understood."""

    status = HTTPStatus.BAD_REQUEST
    title = "The request cannot be understood"


class Unauthorized(Problem):
    """A valid access token is needed."""

    status = HTTPStatus.UNAUTHORIZED
    title = "A valid access token is needed"


class TokenInvalid(Unauthorized):
    """The access token is malformed, foreign or tampered with. Sign in again."""

    title = "The access token is not valid"


class TokenExpired(Unauthorized):
    """The access token has expired. Refresh it with the refresh token."""

    title = "The access token has expired"


class TicketSpent(Unauthorized):
    """The ticket was used, or is older than 30 seconds. Get another from POST /auth/tickets."""

    title = "The ticket opens nothing any more"


class TokenStale(Unauthorized):
    """Your rights have changed since the token was made. Refresh it with the refresh token."""

    title = "The access token is older than a change of your rights"


class PaymentRequired(Problem):
    """The item must be paid for first: order it with the members of this answer."""

    status = HTTPStatus.PAYMENT_REQUIRED
    title = "This has to be paid for first"


class Forbidden(Problem):
    """Your role does not allow this."""

    status = HTTPStatus.FORBIDDEN
    title = "Your role does not allow this"


class NotFound(Problem):
    """It does not exist, or you may not know that it does."""

    status = HTTPStatus.NOT_FOUND
    title = "There is no such thing"


class MethodNotAllowed(Problem):
    """This address does not take that method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = "This address does not take that method"


class Conflict(Problem):
    """The present state does not allow this."""

    status = HTTPStatus.CONFLICT
    title = "The present state does not allow this"


class PreconditionFailed(Problem):
    """Somebody changed the resource since you read it: read it again and send your change anew."""

    status = HTTPStatus.PRECONDITION_FAILED
    title = "The resource has changed since you read it"


class ContentTooLarge(Problem):
    """The body is larger than this address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "The body is too large"


class Unprocessable(Problem):
    """The request is well formed, its content is wrong. `errors` says where, by JSON pointer."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The content of the request is wrong"


class ValidationFailed(Unprocessable):
    """Some fields are missing, unknown or wrong. `errors` says which, by JSON pointer."""

    title = "Some fields are wrong"


class NotYetSupported(Unprocessable):
    """This field's effect is not built yet, so it takes only its default."""

    title = "This field takes only its default for now"


class TooManyRequests(Problem):
    """Too many requests in too short a time. `Retry-After` says when to come back, in seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many requests"


class ServiceUnavailable(Problem):
    """The service cannot answer now. `Retry-After` says when to try again, in seconds."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "The service cannot answer now"

    def __init__(self, detail: str | None = None, *, retry_after_secs: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_secs)})


class InternalError(Problem):
    """A fault of ours. It has been logged under the request id."""

    title = "Something went wrong on our side"


def not_yet_supported(field: str) -> NotYetSupported:
    """The refusal of a field whose effect is not built yet."""
    return NotYetSupported(errors=[{"pointer": f"/{field}", "detail": "only its default for now"}])


def known_problems() -> list[dict[str, Any]]:
    """Code, title, status and explanation of every problem class that is imported, by code."""
    found: dict[str, dict[str, Any]] = {}
    waiting: list[type[Problem]] = [Problem]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind is not Problem:
            found[kind.code()] = {
                "code": kind.code(),
                "title": kind.title,
                "status": int(kind.status),
                "explanation": (kind.__doc__ or kind.title).split("\n", 1)[0],
            }
    return [found[code] for code in sorted(found)]
