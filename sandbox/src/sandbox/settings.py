"""The environment of the sandbox."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class _EnvFile(BaseSettings):
    docfliq_env_file: Path = Path(".env")


class Settings(BaseSettings):
    """Ports, state and the secrets that the real providers would share with Docfliq."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", extra="ignore", env_ignore_empty=True)

    host: str = "127.0.0.1"
    razorpay_port: int = Field(default=8010, gt=0, lt=65536)
    fcm_port: int = Field(default=8011, gt=0, lt=65536)
    mail_port: int = Field(default=8012, gt=0, lt=65536)
    oidc_port: int = Field(default=8013, gt=0, lt=65536)
    sns_port: int = Field(default=8014, gt=0, lt=65536)
    smtp_port: int = Field(default=8015, gt=0, lt=65536)

    state_dir: Path = Path(".sandbox")
    webhook_url: str | None = None

    razorpay_key_id: str = Field(validation_alias="PAYMENT_RAZORPAY_KEY_ID", min_length=1)
    razorpay_key_secret: SecretStr = Field(
        validation_alias="PAYMENT_RAZORPAY_KEY_SECRET", min_length=1
    )
    razorpay_webhook_secret: SecretStr = Field(
        validation_alias="PAYMENT_RAZORPAY_WEBHOOK_SECRET", min_length=1
    )


def load_settings() -> Settings:
    """Settings from the process environment and, under it, the file of `DOCFLIQ_ENV_FILE`."""
    return Settings(_env_file=_EnvFile().docfliq_env_file)
