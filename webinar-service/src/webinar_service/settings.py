"""The environment of webinar-service."""

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The environment of webinar-service. Variables are prefixed `WEBINAR_`."""

    model_config = SettingsConfigDict(env_prefix="WEBINAR_", extra="ignore")

    service: ClassVar[str] = "webinar-service"
