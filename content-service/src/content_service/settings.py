"""The environment of content-service."""

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The environment of content-service. Variables are prefixed `CONTENT_`."""

    model_config = SettingsConfigDict(env_prefix="CONTENT_", extra="ignore")

    service: ClassVar[str] = "content-service"

    upload_secs: int = 3600
    """How long a signed upload address is good, and how long an upload may stay unconfirmed."""
    download_secs: int = 1800
    """How long a signed download address is good."""
