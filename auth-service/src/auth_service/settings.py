"""The environment of auth-service."""

from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings, shared


class Settings(ServiceSettings):
    """Variables are prefixed `AUTH_`. `sealing_keys`: Fernet keys, newest first, by commas.

    `passkey_rp_id`: the domain that passkeys belong to, that of the public address unless said.
    `passkey_origins`: whose pages may ask for them besides the public address's, by commas.
    """

    model_config = SettingsConfigDict(env_prefix="AUTH_", extra="ignore")

    service: ClassVar[str] = "auth-service"

    sealing_keys: SecretStr = shared("SEALING_KEYS")
    access_token_secs: int = 900
    refresh_token_days: int = 30
    password_threads: int = 2
    password_queue: int = 64
    passkey_rp_id: str | None = None
    passkey_origins: str = ""
