"""The event backbone: `publish` says it, `on` hears it; the kit gives each exactly one effect."""

from servicekit.messaging.desk import replay
from servicekit.messaging.errors import Permanent, TooEarly
from servicekit.messaging.hub import LiveHub, api_side
from servicekit.messaging.outbox import EngineSide, live, publish, record
from servicekit.messaging.subscriptions import (
    DeadLetters,
    RawMessage,
    Retired,
    Subscription,
    on,
    on_batch,
    on_dead_letters,
    on_every,
)

__all__ = [
    "DeadLetters",
    "EngineSide",
    "LiveHub",
    "Permanent",
    "RawMessage",
    "Retired",
    "Subscription",
    "TooEarly",
    "api_side",
    "live",
    "on",
    "on_batch",
    "on_dead_letters",
    "on_every",
    "publish",
    "record",
    "replay",
]
