"""ETags of resources that people edit (RFC 9110 §8.8, §13.1)."""

from typing import TYPE_CHECKING, Annotated, Any

from servicekit.problems import PreconditionFailed

if TYPE_CHECKING:
    from fastapi import Header

    IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]


def __getattr__(name: str) -> Any:
    # Looked up late: services refuse stale writes in workers too, which must not pay for FastAPI.
    if name != "IfMatch":
        raise AttributeError(name)
    from fastapi import Header  # noqa: PLC0415

    return Annotated[str | None, Header(alias="If-Match", max_length=200)]


def etag_of(version: int) -> str:
    """The ETag of a row's version."""
    return f'"v{version}"'


def refuse_stale(if_match: str | None, version: int) -> None:
    """Raises PreconditionFailed when `If-Match` was sent and names another version."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag_of(version) not in (tag.strip() for tag in if_match.split(",")):
        raise PreconditionFailed(etag=etag_of(version))
