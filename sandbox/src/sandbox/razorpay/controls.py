"""`/sandbox`: what Razorpay itself has no routes for, and tests need."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from sandbox.razorpay.account import Account
from sandbox.razorpay.entities import Entity
from sandbox.razorpay.errors import NoSuchId
from sandbox.razorpay.payments import authorize_late
from sandbox.razorpay.webhooks import list_deliveries, resend


def controls_router(account: Account) -> APIRouter:
    """Webhook deliveries, and banks that change their mind."""
    router = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @router.get("/webhooks")
    async def list_webhooks(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        return {
            "url": account.webhook_url,
            "items": list_deliveries(account, limit=limit),
        }

    @router.post("/webhooks/{delivery_id}/resend", status_code=202)
    async def resend_webhook(delivery_id: int) -> dict[str, Any]:
        if not resend(account, delivery_id):
            raise NoSuchId
        return {"id": delivery_id, "state": "pending"}

    @router.post("/payments/{payment_id}/authorize")
    async def authorize_failed_payment(payment_id: str) -> Entity:
        return authorize_late(account, payment_id=payment_id)

    return router
