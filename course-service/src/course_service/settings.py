"""The environment of course-service."""

from pathlib import Path
from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables are prefixed `COURSE_`."""

    model_config = SettingsConfigDict(env_prefix="COURSE_", extra="ignore")

    service: ClassVar[str] = "course-service"

    certificate_issuer: str = "Docfliq"
    fonts_dir: Path = Path("/usr/share/fonts/truetype/noto")
