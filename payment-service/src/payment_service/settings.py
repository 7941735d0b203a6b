"""The environment of payment-service."""

from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The environment of payment-service. Variables are prefixed `PAYMENT_`."""

    model_config = SettingsConfigDict(env_prefix="PAYMENT_", extra="ignore")

    service: ClassVar[str] = "payment-service"

    razorpay_key_id: str
    razorpay_key_secret: SecretStr
    # After a rotation "new,old": Razorpay signs its retries with the secret of the first attempt.
    razorpay_webhook_secret: SecretStr
    razorpay_base_url: str = "https://api.razorpay.com"

    order_mins: int = 30
    capture_after_secs: float = 60.0
    reconcile_after_secs: float = 60.0

    @property
    def webhook_secrets(self) -> list[bytes]:
        """Every secret that a webhook may be signed with."""
        secrets = self.razorpay_webhook_secret.get_secret_value().split(",")
        return [secret.strip().encode() for secret in secrets if secret.strip()]
