"""Who may call a route: named dependencies, visible in OpenAPI as the route's security."""

from typing import Annotated, Any

from fastapi import Query, Security
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.requests import HTTPConnection

from contracts.access import Role
from servicekit.access.principal import Principal
from servicekit.problems import Forbidden, TicketSpent, TokenInvalid, Unauthorized

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")
# FastAPI cannot say "or nothing" in OpenAPI: `show_optional_tokens` replaces this scheme by that.
_bearer_if_sent = HTTPBearer(auto_error=False, scheme_name="bearerIfSent", bearerFormat="JWT")

ANYONE: dict[str, Any] = {"security": []}
"""`openapi_extra` of a route that needs no token; every other route has a policy dependency."""


def _token_in(connection: HTTPConnection) -> str | None:
    header = connection.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalid
    return token.strip()


async def _principal(connection: HTTPConnection, token: str) -> Principal:
    state = connection.app.state
    principal: Principal = state.verifier.cached(token) or await state.verifier.verify(token)
    state.revocations.check(principal)
    return principal


async def authenticate(
    connection: HTTPConnection,
    scopes: SecurityScopes,
    _: Annotated[object, Security(_bearer)] = None,
) -> Principal:
    """The caller, whose role reaches the one that the route's scope names.

    Raises Unauthorized, TokenInvalid, TokenExpired, TokenStale, Forbidden.
    """
    token = _token_in(connection)
    if token is None:
        raise Unauthorized(headers={"WWW-Authenticate": "Bearer"})
    principal = await _principal(connection, token)
    for least in scopes.scopes:
        if not principal.is_at_least(Role(least)):
            raise Forbidden
    return principal


async def authenticate_if_sent(
    connection: HTTPConnection, _: Annotated[object, Security(_bearer_if_sent)] = None
) -> Principal | None:
    """The caller if a token came along; a bad token is still refused."""
    token = _token_in(connection)
    return None if token is None else await _principal(connection, token)


async def authenticate_stream(
    connection: HTTPConnection,
    token: Annotated[str | None, Query(max_length=4096)] = None,
    ticket: Annotated[str | None, Query(max_length=4096)] = None,
    _: Annotated[object, Security(_bearer)] = None,
) -> Principal:
    """The caller of a stream or socket, by header, `?ticket=` (once, 30 s) or `?token=`."""
    if ticket is not None:
        principal, jti = await connection.app.state.verifier.verify_ticket(ticket)
        if not await connection.app.state.tickets.use(jti):
            raise TicketSpent
        connection.app.state.revocations.check(principal)
        found: Principal = principal
        return found
    given = _token_in(connection) or token
    if given is None:
        raise Unauthorized(headers={"WWW-Authenticate": "Bearer"})
    return await _principal(connection, given)


def show_optional_tokens(document: dict[str, Any]) -> dict[str, Any]:
    """Let an OpenAPI document say where a token may be left out: where `MaybeCaller` stands."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    if "bearerIfSent" in schemes:
        schemes["bearer"] = schemes.pop("bearerIfSent")
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation.get("security") == [{"bearerIfSent": []}]:
                operation["security"] = [{}, {"bearer": []}]
    return document


Caller = Annotated[Principal, Security(authenticate)]
MaybeCaller = Annotated[Principal | None, Security(authenticate_if_sent)]
StreamCaller = Annotated[Principal, Security(authenticate_stream)]
Instructor = Annotated[Principal, Security(authenticate, scopes=["instructor"])]
Moderator = Annotated[Principal, Security(authenticate, scopes=["moderator"])]
Admin = Annotated[Principal, Security(authenticate, scopes=["admin"])]
