"""SNS: what the real client sends is shown."""

import uuid
from typing import Any

import boto3
import httpx2

from sandbox.testing import SandboxProcess, WebhookReceiver


def test_an_sms_is_taken_and_shown(
    restartable: tuple[SandboxProcess, WebhookReceiver],
) -> None:
    # One of its own: with moto loaded, the others' is not small any more.
    running, _ = restartable
    number = f"+9198{uuid.uuid4().int % 10**8:08d}"
    client: Any = boto3.client(
        "sns",
        region_name="ap-south-1",
        endpoint_url=running.sns_url,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    sent = client.publish(PhoneNumber=number, Message="042917 is your code")

    shown = httpx2.get(f"{running.sns_url}/moto-api/data.json", trust_env=False).json()
    [text] = [one for one in shown["sns"]["SMS"] if one["phone_number"] == number]
    assert (text["message"], text["message_id"]) == ("042917 is your code", sent["MessageId"])
    assert running.stop() == 0
