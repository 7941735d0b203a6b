"""The settings that every service shares. A missing secret stops the process."""

import os
import socket
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PLACEHOLDER = "change-me"


def shared(name: str, **options: Any) -> Any:
    """A field whose variable is `DOCFLIQ_<name>` in every service."""
    return Field(validation_alias=f"DOCFLIQ_{name}", **options)


class ServiceSettings(BaseSettings):
    """Variables of one service carry its prefix, those of all `DOCFLIQ_`.

    They come from the process environment and, under it, from the file that
    `DOCFLIQ_ENV_FILE` names (`.env` unless said).
    Secrets have no defaults; outside `DOCFLIQ_DEV=1` a placeholder is refused.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    service: ClassVar[str]

    dev: bool = shared("DEV", default=False)
    public_url: str = shared("PUBLIC_URL", default="http://localhost:8000")
    redis_url: str = shared("REDIS_URL", default="redis://127.0.0.1:6379/0")
    jwks_url: str = shared("JWKS_URL", default="http://127.0.0.1:8001/.well-known/jwks.json")
    # Which of several processes of one kind this is: in containers, the container's name.
    instance: str = shared("INSTANCE", default_factory=socket.gethostname)
    retry_delays: Annotated[tuple[float, ...], NoDecode] = shared(
        "RETRY_DELAYS", default=(1.0, 10.0, 60.0, 600.0, 3600.0)
    )
    storage_provider: str = shared("STORAGE_PROVIDER", default="local")
    storage_root: str = shared("STORAGE_ROOT", default=".stack/storage")
    storage_signing_key: SecretStr = shared("STORAGE_SIGNING_KEY")
    otlp_endpoint: str | None = shared("OTLP_ENDPOINT", default=None)
    log_level: str = shared("LOG_LEVEL", default="INFO")
    address_limits: bool = shared("ADDRESS_LIMITS", default=True)
    max_in_flight: int = shared("MAX_IN_FLIGHT", default=200)

    database_url: SecretStr
    broker_url: SecretStr
    worker_port: int = 0
    pool_size: int = 10

    def __init__(self, **values: Any) -> None:
        env_file = os.environ.get("DOCFLIQ_ENV_FILE", ".env")  # noqa: TID251  (names the file itself)
        values.setdefault("_env_file", env_file)
        super().__init__(**values)

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: Any) -> Any:
        delays = values.get("DOCFLIQ_RETRY_DELAYS") if isinstance(values, dict) else None
        if isinstance(delays, str):
            values = {**values, "DOCFLIQ_RETRY_DELAYS": tuple(delays.split(","))}
        return values

    @model_validator(mode="after")
    def _refuse_placeholders(self) -> Self:
        if self.dev:
            return self
        for name, value in self:
            if isinstance(value, SecretStr) and PLACEHOLDER in value.get_secret_value():
                raise ValueError(f"{name} still holds its placeholder")
        return self
