"""Where the player finds the gateway and the providers' sandboxes."""

from functools import cached_property

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Files(BaseSettings):
    """Which file holds the settings of the running platform."""

    docfliq_env_file: str = ".env"


class Addresses(BaseSettings):
    """The gateway's address and the sandboxes' ports, as the platform was started."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, env_ignore_empty=True)

    gateway: str = Field("http://localhost:8000", validation_alias="DOCFLIQ_PUBLIC_URL")
    razorpay_port: int = Field(8010, validation_alias="SANDBOX_RAZORPAY_PORT")
    fcm_port: int = Field(8011, validation_alias="SANDBOX_FCM_PORT")
    mail_port: int = Field(8012, validation_alias="SANDBOX_MAIL_PORT")

    @cached_property
    def api(self) -> str:
        """Where every route of the platform begins."""
        return f"{self.gateway.rstrip('/')}/api/v1"

    @cached_property
    def razorpay(self) -> str:
        """The Razorpay sandbox."""
        return f"http://127.0.0.1:{self.razorpay_port}"

    @cached_property
    def fcm(self) -> str:
        """The FCM sandbox: what phones received."""
        return f"http://127.0.0.1:{self.fcm_port}"

    @cached_property
    def mail(self) -> str:
        """The mail sink."""
        return f"http://127.0.0.1:{self.mail_port}"


def find_addresses(base_url: str | None = None) -> Addresses:
    """The addresses from `DOCFLIQ_ENV_FILE` and the environment; `base_url` moves the gateway."""
    found = Addresses(_env_file=_Files().docfliq_env_file)
    return found if base_url is None else found.model_copy(update={"gateway": base_url})
