"""The environment of notification-service. Variables are prefixed `NOTIFICATION_`."""

from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings, shared


class Settings(ServiceSettings):
    """The environment of notification-service. Variables are prefixed `NOTIFICATION_`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATION_", extra="ignore")

    service: ClassVar[str] = "notification-service"

    sealing_keys: SecretStr = shared("SEALING_KEYS")
    fcm_credentials: str
    fcm_base_url: str | None = None
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_from: str = "Docfliq <no-reply@docfliq.test>"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    sns_region: str = "ap-south-1"
    sns_endpoint_url: str | None = None
    sns_access_key_id: str | None = None
    sns_secret_access_key: SecretStr | None = None
    sns_sender_id: str | None = None
