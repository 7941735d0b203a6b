"""SMS through Amazon SNS, by boto3 (API reference, Publish, PhoneNumber)."""

import logging
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from notification_service.deliveries.gateway import Outcome, Text
from notification_service.settings import Settings

log = logging.getLogger(__name__)

# The delivery row has its own retries, so the SDK makes one attempt.
PATIENCE = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
OURS = {"AuthorizationError", "InvalidClientTokenId", "SignatureDoesNotMatch", "AccessDenied"}
NEVER = {"InvalidParameter", "InvalidParameterValue", "OptedOut", "ValidationException"}


class SnsGateway:
    """One client for the life of the process; keys come from the settings, or where AWS puts them.

    Texts are transactional: codes go out at once, and quiet lists for advertising do not hold them.
    """

    def __init__(self, settings: Settings) -> None:
        secret = settings.sns_secret_access_key
        self._client: Any = boto3.client(
            "sns",
            region_name=settings.sns_region,
            endpoint_url=settings.sns_endpoint_url,
            aws_access_key_id=settings.sns_access_key_id,
            aws_secret_access_key=secret.get_secret_value() if secret else None,
            config=PATIENCE,
        )
        self._attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
        if settings.sns_sender_id:
            self._attributes["AWS.SNS.SMS.SenderID"] = _text(settings.sns_sender_id)

    def send(self, texts: Sequence[Text]) -> list[Outcome]:
        """Try each text, one after the other."""
        return [self._send_one(text) for text in texts]

    def _send_one(self, text: Text) -> Outcome:
        try:
            self._client.publish(
                PhoneNumber=text.phone_number,
                Message=text.body,
                MessageAttributes=self._attributes,
            )
        except ClientError as answer:
            code = str(answer.response.get("Error", {}).get("Code", "unknown"))
            if code in OURS:
                log.exception("the keys for sms were refused", extra={"cause": code})
            return Outcome(refused=code in NEVER, cause=f"refused: {code}")
        except BotoCoreError as error:
            return Outcome(cause=type(error).__name__)
        return Outcome(sent=True)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
