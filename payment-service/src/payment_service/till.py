"""What a use case that calls Razorpay works with: it owns its short transactions."""

from dataclasses import dataclass

from payment_service.payments.gateway import Gateway
from payment_service.settings import Settings
from servicekit.database import Sessions


@dataclass(frozen=True, slots=True)
class Till:
    """Sessions for the transactions before and after a call, and whom to call."""

    sessions: Sessions
    gateway: Gateway
    settings: Settings
