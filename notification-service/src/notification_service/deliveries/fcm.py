"""Pushes through Firebase Cloud Messaging (FCM HTTP v1), by firebase-admin."""

import logging
import warnings
from collections.abc import Sequence

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from google.auth.exceptions import GoogleAuthError

from notification_service.deliveries.gateway import Outcome, Push

log = logging.getLogger(__name__)

TIMEOUT_SECS = 5


class FcmGateway:
    """One Firebase app for the life of the process."""

    def __init__(self, credentials_path: str, base_url: str | None) -> None:
        service = messaging._MessagingService  # noqa: SLF001  (the SDK's only place for the address)
        if base_url is not None:
            service.FCM_URL = f"{base_url}/v1/projects/{{0}}/messages:send"
        self._app = firebase_admin.initialize_app(
            credentials.Certificate(credentials_path),
            {"httpTimeout": TIMEOUT_SECS},
            name=f"docfliq-{id(self)}",
        )

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """Try each push; the SDK sends them in parallel."""
        try:
            answer = messaging.send_each([_message(push) for push in pushes], app=self._app)
        except (exceptions.FirebaseError, GoogleAuthError, ValueError, OSError) as error:
            return [Outcome(cause=type(error).__name__) for _ in pushes]
        return [_outcome(one) for one in answer.responses]


def _message(push: Push) -> messaging.Message:
    with warnings.catch_warnings():
        # Our devices register registration tokens; `fid` would need another client SDK call.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        return messaging.Message(
            token=push.token,
            notification=messaging.Notification(title=push.title, body=push.body),
            data=push.data,
            android=messaging.AndroidConfig(collapse_key=push.collapse_id),
            apns=messaging.APNSConfig(headers={"apns-collapse-id": push.collapse_id}),
            webpush=messaging.WebpushConfig(headers={"Topic": push.collapse_id.replace("-", "")}),
        )


def _outcome(answer: messaging.SendResponse) -> Outcome:
    error = answer.exception
    if answer.success:
        return Outcome(sent=True)
    cause = type(error).__name__
    if isinstance(error, messaging.UnregisteredError | messaging.SenderIdMismatchError):
        return Outcome(dead=True, cause=cause)
    if isinstance(error, exceptions.InvalidArgumentError):
        return Outcome(dead="token" in str(error), refused=True, cause=cause)
    if isinstance(error, messaging.QuotaExceededError):
        response = error.http_response
        asked = response.headers.get("Retry-After") if response is not None else None
        wait = float(asked) if asked and asked.isdigit() else None
        return Outcome(cause=cause, wait_secs=wait)
    if isinstance(error, messaging.ThirdPartyAuthError):
        log.error("apns credentials were refused")
    return Outcome(cause=cause)
