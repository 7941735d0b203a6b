"""Razorpay: what we need of it, and the real client behind that."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any, Protocol

import razorpay
import requests
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)
from typing_extensions import override

from payment_service.breaker import Breaker
from payment_service.settings import Settings

TIMEOUT = (3.0, 10.0)
Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """What Razorpay says of a payment; `status` is its own word."""

    razorpay_payment_id: str
    razorpay_order_id: str | None
    amount_minor: int
    currency: str
    status: str
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFact:
    """What Razorpay says of a refund; `receipt` is the id of our row, if we asked for it."""

    razorpay_refund_id: str
    razorpay_payment_id: str
    amount_minor: int
    status: str
    receipt: str | None = None


class OutcomeUnknown(Exception):
    """No answer, or none that can be read: it may or may not have happened."""


class Refused(Exception):
    """Razorpay answered that it will not do it."""


class Gateway(Protocol):
    """What payment-service needs of a payment provider. Methods raise OutcomeUnknown or Refused."""

    async def create_order(self, *, receipt: str, amount_minor: int, currency: str) -> str:
        """Make an order, or find the one of that receipt; returns Razorpay's id for it."""

    async def find_order(self, receipt: str) -> str | None:
        """Razorpay's id of the order with that receipt."""

    async def list_payments(self, razorpay_order_id: str) -> list[PaymentFact]:
        """Every attempt to pay an order."""

    async def get_payment(self, razorpay_payment_id: str) -> PaymentFact:
        """One payment."""

    async def capture(self, razorpay_payment_id: str, *, amount_minor: int, currency: str) -> None:
        """Take the money that a bank holds. Repeating it is refused, and harmless."""

    async def refund(self, razorpay_payment_id: str, *, key: str, amount_minor: int) -> RefundFact:
        """Send money back. The same `key` is the same refund, however often it is asked."""


class _Session(requests.Session):
    """Keeps what the SDK throws away: it prints on errors, and reduces them to a description."""

    @override
    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        try:
            response = super().request(method, url, *args, **options)
        except requests.RequestException as lost:
            raise OutcomeUnknown(type(lost).__name__) from lost
        if response.status_code >= 500 or response.status_code == 429:
            raise OutcomeUnknown(f"HTTP {response.status_code}")
        try:
            body = response.json()
        except ValueError as broken:
            raise OutcomeUnknown("the answer is not JSON") from broken
        if response.status_code == 409:
            raise OutcomeUnknown("the first request is still being worked on")
        if response.status_code >= 400:
            error = body.get("error") if isinstance(body, dict) else None
            raise Refused(str((error or {}).get("description", f"HTTP {response.status_code}")))
        return response


class RazorpayGateway:
    """The real SDK, one client a thread, with time-outs, three attempts and a breaker."""

    def __init__(self, settings: Settings) -> None:
        self._auth = (settings.razorpay_key_id, settings.razorpay_key_secret.get_secret_value())
        self._base_url = settings.razorpay_base_url or "https://api.razorpay.com"
        self._clients = threading.local()
        self._breaker = Breaker()
        self._slots = asyncio.Semaphore(16)

    async def create_order(self, *, receipt: str, amount_minor: int, currency: str) -> str:
        """Orders have no idempotency key: after an unknown outcome the receipt tells."""
        wanted = {
            "amount": amount_minor,
            "currency": currency,
            "receipt": receipt,
            "notes": {"order_id": receipt},
            "payment": {"capture": "automatic"},
        }
        uncertain = False
        async for attempt in _attempts():
            with attempt:
                found = await self.find_order(receipt) if uncertain else None
                if found is not None:
                    return found
                uncertain = True
                order = await self._call(
                    lambda api: api.order.create(dict(wanted), timeout=TIMEOUT)
                )
                return str(order["id"])
        raise OutcomeUnknown

    async def find_order(self, receipt: str) -> str | None:
        """By the documented filter of the order list."""
        found = await self._call(
            lambda api: api.order.all({"receipt": receipt, "count": 1}, timeout=TIMEOUT)
        )
        return str(found["items"][0]["id"]) if found["items"] else None

    async def list_payments(self, razorpay_order_id: str) -> list[PaymentFact]:
        """Asked again up to three times."""
        found = await self._read(
            lambda api: api.order.payments(razorpay_order_id, {}, timeout=TIMEOUT)
        )
        return [payment_fact(entity) for entity in found["items"]]

    async def get_payment(self, razorpay_payment_id: str) -> PaymentFact:
        """Asked again up to three times."""
        return payment_fact(
            await self._read(
                lambda api: api.payment.fetch(razorpay_payment_id, {}, timeout=TIMEOUT)
            )
        )

    async def capture(self, razorpay_payment_id: str, *, amount_minor: int, currency: str) -> None:
        """With a dict of our own: the SDK's default is shared between calls."""
        await self._call(
            lambda api: api.payment.capture(
                razorpay_payment_id, amount_minor, {"currency": currency}, timeout=TIMEOUT
            )
        )

    async def refund(self, razorpay_payment_id: str, *, key: str, amount_minor: int) -> RefundFact:
        """One attempt; the caller's row is tried again with the same key."""
        wanted = {"amount": amount_minor, "speed": "normal", "receipt": key}
        entity = await self._call(
            lambda api: api.payment.refund(
                razorpay_payment_id,
                wanted,
                headers={"X-Refund-Idempotency": key},
                timeout=TIMEOUT,
            )
        )
        return refund_fact(entity)

    async def _read(self, ask: Any) -> Entity:
        async for attempt in _attempts():
            with attempt:
                return await self._call(ask)
        raise OutcomeUnknown

    async def _call(self, ask: Any) -> Entity:
        if not self._breaker.closed():
            raise OutcomeUnknown("it has failed too often to be asked just now")
        try:
            async with self._slots:
                answer: Entity = await asyncio.to_thread(lambda: ask(self._client()))
        except OutcomeUnknown:
            self._breaker.failed()
            raise
        except Refused:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer

    def _client(self) -> Any:
        # A client a thread: the session under the SDK is not made to be shared.
        client = getattr(self._clients, "client", None)
        if client is None:
            client = razorpay.Client(session=_Session(), auth=self._auth, base_url=self._base_url)
            self._clients.client = client
        return client


def _attempts() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(OutcomeUnknown),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1.0),
        reraise=True,
    )


def payment_fact(entity: Entity) -> PaymentFact:
    """Razorpay's payment entity. Raises KeyError, TypeError or ValueError when it is none."""
    return PaymentFact(
        razorpay_payment_id=_word(entity["id"]),
        razorpay_order_id=None if entity.get("order_id") is None else _word(entity["order_id"]),
        amount_minor=_minor(entity["amount"]),
        currency=_word(entity["currency"]),
        status=_word(entity["status"]),
        failure_reason=entity.get("error_description"),
    )


def refund_fact(entity: Entity) -> RefundFact:
    """Razorpay's refund entity. Raises KeyError, TypeError or ValueError when it is none."""
    return RefundFact(
        razorpay_refund_id=_word(entity["id"]),
        razorpay_payment_id=_word(entity["payment_id"]),
        amount_minor=_minor(entity["amount"]),
        status=_word(entity["status"]),
        receipt=entity.get("receipt"),
    )


def _word(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise ValueError("not a word")
    return value


def _minor(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise ValueError("not an amount")
    return value
