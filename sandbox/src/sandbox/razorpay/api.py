"""`/v1`: the routes of Razorpay's API, behind basic authentication."""

import base64
import binascii
import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.razorpay import queries
from sandbox.razorpay.account import Account
from sandbox.razorpay.entities import Entity, collection, new_order
from sandbox.razorpay.errors import NoSuchId, unauthenticated
from sandbox.razorpay.payments import capture
from sandbox.razorpay.refunds import refund
from sandbox.razorpay.schemas import (
    CaptureIn,
    NotesIn,
    OrderIn,
    OrderPage,
    Page,
    RefundIn,
    RefundOfPaymentIn,
)
from sandbox.storage import transaction

IdempotencyKey = Annotated[str | None, Header(alias="X-Refund-Idempotency")]


class BasicAuth:
    """ASGI middleware: `/v1` is for who knows key id and secret."""

    def __init__(self, app: ASGIApp, *, account: Account) -> None:
        self._app = app
        self._expected = f"{account.key_id}:{account.key_secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and scope["path"].startswith("/v1")
        if guarded and not self._knows_the_key(dict(scope["headers"]).get(b"authorization", b"")):
            await unauthenticated()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _knows_the_key(self, header: bytes) -> bool:
        scheme, _, credentials = header.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            given = base64.b64decode(credentials, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(given, self._expected)


def orders_router(account: Account) -> APIRouter:
    """Orders: create, fetch, find by receipt, edit the notes."""
    router = APIRouter(prefix="/v1/orders", tags=["orders"])
    store = account.store

    @router.post("")
    async def create_order(wanted: OrderIn) -> Entity:
        order = new_order(wanted)
        with transaction(store):
            queries.insert_order(store, order, captures=wanted.captures_by_itself())
        return order

    @router.get("")
    async def list_orders(page: Annotated[OrderPage, Query()]) -> Entity:
        return collection(queries.list_orders(store, page))

    @router.get("/{order_id}")
    async def get_order(order_id: str) -> Entity:
        return queries.get_order(store, order_id)

    @router.patch("/{order_id}")
    async def edit_order(order_id: str, change: NotesIn) -> Entity:
        with transaction(store):
            order = queries.get_order(store, order_id) | {"notes": change.notes or []}
            queries.save_order(store, order)
        return order

    @router.get("/{order_id}/payments")
    async def list_payments_of_order(order_id: str) -> Entity:
        queries.get_order(store, order_id)
        return collection(queries.list_payments_of(store, order_id))

    return router


def payments_router(account: Account) -> APIRouter:
    """Payments: fetch, capture, edit the notes."""
    router = APIRouter(prefix="/v1/payments", tags=["payments"])
    store = account.store

    @router.get("")
    async def list_payments(page: Annotated[Page, Query()]) -> Entity:
        return collection(queries.list_payments(store, page))

    @router.get("/{payment_id}")
    async def get_payment(payment_id: str) -> Entity:
        return queries.get_payment(store, payment_id)

    @router.patch("/{payment_id}")
    async def edit_payment(payment_id: str, change: NotesIn) -> Entity:
        with transaction(store):
            payment = queries.get_payment(store, payment_id) | {"notes": change.notes or []}
            queries.save_payment(store, payment)
        return payment

    @router.post("/{payment_id}/capture")
    async def capture_payment(payment_id: str, wanted: CaptureIn) -> Entity:
        return capture(account, payment_id=payment_id, wanted=wanted)

    return router


def refunds_of_payments_router(account: Account) -> APIRouter:
    """The refunds of one payment: create, list, fetch."""
    router = APIRouter(prefix="/v1/payments/{payment_id}", tags=["payments"])
    store = account.store

    @router.post("/refund")
    async def refund_payment(
        payment_id: str, wanted: RefundIn | None = None, key: IdempotencyKey = None
    ) -> Entity:
        return await refund(account, payment_id=payment_id, wanted=wanted or RefundIn(), key=key)

    @router.get("/refunds")
    async def list_refunds_of_payment(payment_id: str, page: Annotated[Page, Query()]) -> Entity:
        queries.get_payment(store, payment_id)
        return collection(queries.list_refunds(store, page, payment_id=payment_id))

    @router.get("/refunds/{refund_id}")
    async def get_refund_of_payment(payment_id: str, refund_id: str) -> Entity:
        found = queries.get_refund(store, refund_id)
        if found["payment_id"] != payment_id:
            raise NoSuchId
        return found

    return router


def refunds_router(account: Account) -> APIRouter:
    """Refunds: create, fetch, list, edit the notes."""
    router = APIRouter(prefix="/v1/refunds", tags=["refunds"])
    store = account.store

    @router.post("")
    async def create_refund(wanted: RefundOfPaymentIn, key: IdempotencyKey = None) -> Entity:
        return await refund(account, payment_id=wanted.payment_id, wanted=wanted, key=key)

    @router.get("")
    async def list_refunds(page: Annotated[Page, Query()]) -> Entity:
        return collection(queries.list_refunds(store, page))

    @router.get("/{refund_id}")
    async def get_refund(refund_id: str) -> Entity:
        return queries.get_refund(store, refund_id)

    @router.patch("/{refund_id}")
    async def edit_refund(refund_id: str, change: NotesIn) -> Entity:
        with transaction(store):
            changed = queries.get_refund(store, refund_id) | {"notes": change.notes or []}
            queries.save_refund(store, changed)
        return changed

    return router
