"""What signing in takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from auth_service.accounts.fields import EmailAddress
from servicekit.fields import In, Out, clean_line, clean_text

GivenPassword = Annotated[
    str,
    AfterValidator(clean_text),
    Field(min_length=1, max_length=128),
    WithJsonSchema({"type": "string", "format": "password", "minLength": 1, "maxLength": 128}),
]
"""A password to be checked, of whatever strength."""

GivenToken = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=512)]
"""A refresh token, or a token from a mail."""


class LoginIn(In):
    """Who signs in."""

    email: EmailAddress
    password: GivenPassword


class TokenForm(BaseModel):
    """The password grant of OAuth 2.0; fields that mean nothing here are ignored."""

    model_config = ConfigDict(extra="ignore")

    grant_type: Annotated[str | None, Field(pattern="^password$")] = None
    username: EmailAddress
    password: GivenPassword


class RefreshIn(In):
    """No access token is needed; the device says the same name as when it signed in."""

    refresh_token: GivenToken


class TokensOut(Out):
    """`expires_in` is the life of the access token in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class ChallengeOut(Out):
    """No session yet: the second factor goes with `mfa_token` to `/auth/mfa/verify`."""

    mfa_required: Literal[True]
    mfa_token: str
    expires_in: int
    methods: list[str]


class TicketOut(Out):
    """A ticket opens one stream or socket, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


class SessionOut(Out):
    """One signed-in device; `current` is the one that asks."""

    id: UUID
    device: str | None
    address: str | None
    started_at: datetime
    last_seen_at: datetime
    current: bool
