"""What signing in at a provider takes and gives."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from servicekit.fields import In, Out, clean_line

S256 = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]
"""The SHA-256 of a verifier in Base64 for URLs (RFC 7636 §4.2)."""

Verifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]
"""RFC 7636 §4.1."""

Given = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=2048)]
Address = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=500)]


class BeginQuery(BaseModel):
    """Where to return to afterwards; without it the callback itself answers with the tokens."""

    model_config = ConfigDict(extra="ignore")

    redirect_uri: Address | None = None
    code_challenge: S256 | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.redirect_uri is None) != (self.code_challenge is None):
            raise ValueError("redirect_uri and code_challenge (S256) are sent together, or neither")
        return self


class CallbackQuery(BaseModel):
    """What the provider sends the browser back with (RFC 6749 §4.1.2, RFC 9207)."""

    model_config = ConfigDict(extra="ignore")

    state: Annotated[str, Field(max_length=512)] = ""
    code: Annotated[str, Field(max_length=2048)] | None = None
    error: Annotated[str, Field(max_length=200)] | None = None
    iss: Annotated[str, Field(max_length=500)] | None = None


class OauthCodeIn(In):
    """The code that the app was returned with, by the provider or by our callback.

    An app that asked the provider itself shows that it was the one by the `code_verifier` of its
    question. The `nonce` of its question must be that of the ID token if it is sent; it can stand
    in for the verifier unless our client there is public. `iss` is what the app was returned with.
    """

    code: Given
    redirect_uri: Address
    code_verifier: Verifier | None = None
    nonce: Given | None = None
    iss: Address | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class ProviderOut(Out):
    """One provider. Browsers go to `authorize_url`; apps may ask the issuer as `client_id`."""

    id: str
    name: str
    issuer: str
    client_id: str
    scopes: list[str]
    authorize_url: str
