"""The environment of auth-service."""

from os import cpu_count
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings, shared


class OidcProvider(BaseModel):
    """One OpenID provider. `client_secret` is missing where the client is public.

    `discovery_url` follows from the issuer unless said; `browser_url`: where browsers reach it, if
    that is elsewhere; `verified_claim` says that the provider vouches for the address; `pkce` is
    false where it does not compare verifiers: apps that ask it themselves then send their nonce.
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    discovery_url: str | None = None
    browser_url: str | None = None
    verified_claim: str = "email_verified"
    pkce: bool = True


ProviderId = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]


class Settings(ServiceSettings):
    """Variables are prefixed `AUTH_`. `sealing_keys`: Fernet keys, newest first, by commas.

    `passkey_rp_id`: the domain that passkeys belong to, that of the public address unless said.
    `passkey_origins`: whose pages may ask for them besides the public address's, by commas.
    `oidc_providers`: further issuers by their id, as JSON. `local_oidc_url`: the provider that lets
    anybody be anyone, in development only, and `local_oidc_browser_url`, where browsers reach it.
    `oauth_redirects`: the exact addresses of apps that sign-ins may return to, by commas.
    """

    model_config = SettingsConfigDict(env_prefix="AUTH_", extra="ignore")

    service: ClassVar[str] = "auth-service"

    sealing_keys: SecretStr = shared("SEALING_KEYS")
    access_token_secs: int = 900
    refresh_token_days: int = 30
    # Checking passwords fills a core; the other half answers everybody else meanwhile.
    password_threads: int = Field(default_factory=lambda: max(1, (cpu_count() or 2) // 2))
    password_queue: int = 64
    passkey_rp_id: str | None = None
    passkey_origins: str = ""
    google_client_id: str | None = None
    google_client_secret: SecretStr | None = None
    microsoft_client_id: str | None = None
    microsoft_client_secret: SecretStr | None = None
    microsoft_tenant: str = "common"
    oidc_providers: dict[ProviderId, OidcProvider] = Field(default_factory=dict)
    local_oidc_url: str | None = None
    local_oidc_browser_url: str | None = None
    oauth_redirects: str = ""

    @model_validator(mode="after")
    def _refuse_open_lines(self) -> Self:
        for key, one in self.oidc_providers.items():
            # Whoever sits on the line could sign in as anybody.
            lines = (one.issuer, one.discovery_url or one.issuer)
            if not self.dev and not all(line.startswith("https://") for line in lines):
                raise ValueError(f"the provider {key} needs https outside development")
        return self
