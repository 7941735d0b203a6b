"""What a message must look like before FCM takes it."""

import json
import sqlite3
import uuid
from typing import Any

from sandbox.fcm.errors import FATES, FcmRefusal
from sandbox.fcm.store import put_message

_KNOWN = frozenset(
    {
        "name",
        "data",
        "notification",
        "android",
        "webpush",
        "apns",
        "fcm_options",
        "fcmOptions",
        "token",
        "fid",
        "topic",
        "condition",
    }
)
_TARGETS = ("token", "fid", "topic", "condition")
_LARGEST_PAYLOAD = 4096


def send(store: sqlite3.Connection, *, project: str, request: Any) -> str:
    """Check a `messages:send` request and deliver it; answers the message's name.

    A registration token that begins with one of `FATES` meets it.
    """
    message = _message_of(request)
    target = _target_of(message)
    _check_payload(message)
    for prefix, fate in FATES.items():
        if target.startswith(prefix):
            raise fate

    name = f"projects/{project}/messages/{uuid.uuid4()}"
    if not request.get("validate_only", request.get("validateOnly", False)):
        put_message(store, name=name, target=target, message=message)
    return name


def _message_of(request: Any) -> dict[str, Any]:
    message = request.get("message") if isinstance(request, dict) else None
    if not isinstance(message, dict):
        raise FcmRefusal("Message is missing.", field="message")
    unknown = sorted(message.keys() - _KNOWN)
    if unknown:
        raise FcmRefusal(
            f"Invalid JSON payload received. Unknown name \"{unknown[0]}\" at 'message'"
        )
    return message


def _target_of(message: dict[str, Any]) -> str:
    given = [message[name] for name in _TARGETS if message.get(name)]
    if len(given) != 1:
        raise FcmRefusal(
            "Exactly one of token, fid, topic or condition must be given.", field="message.token"
        )
    if not isinstance(given[0], str) or len(given[0]) > 4096:
        raise FcmRefusal("The recipient must be a string.", field="message.token")
    return given[0]


def _check_payload(message: dict[str, Any]) -> None:
    data, notification = message.get("data") or {}, message.get("notification") or {}
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise FcmRefusal("Data values must be strings.", field="message.data")
    if not isinstance(notification, dict) or not all(
        isinstance(notification.get(name, ""), str) for name in ("title", "body", "image")
    ):
        raise FcmRefusal("Notification members must be strings.", field="message.notification")
    if len(json.dumps([data, notification], ensure_ascii=False).encode(errors="replace")) > (
        _LARGEST_PAYLOAD
    ):
        raise FcmRefusal("Message is too big: 4096 bytes are allowed.", field="message")
