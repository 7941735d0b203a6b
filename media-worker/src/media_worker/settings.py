"""The environment of media-worker. Variables are prefixed `MEDIA_`."""

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The environment of media-worker. Variables are prefixed `MEDIA_`."""

    model_config = SettingsConfigDict(env_prefix="MEDIA_", extra="ignore")

    service: ClassVar[str] = "media-worker"

    lease_secs: float = 20.0
    max_attempts: int = 4
    video_timeout_secs: float = 4 * 3600.0
    threads: int = 2
