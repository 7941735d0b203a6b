"""The worker's loop: a webhook that was answered is applied at once."""

import asyncio
import time
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from payment_service.payments.schedules import work_off
from payment_service.settings import Settings
from servicekit.testing.callers import TestCaller
from servicekit.worker import WorkerContext


async def test_a_webhook_is_applied_within_moments_of_its_answer(
    app: FastAPI, shop: Any, settings: Settings, buyer: TestCaller, course_id: UUID
) -> None:
    state = app.state
    context: WorkerContext[Settings] = WorkerContext(
        settings, state.engine, state.sessions, state.hub
    )
    working = asyncio.create_task(work_off(context))
    try:
        order = await shop.ordered(buyer, course_id)
        paid = await shop.pay(order)
        came = await shop.webhooks(paid["razorpay_payment_id"], "payment.captured")
        await shop.hand_on(*came)
        deadline = time.monotonic() + 5
        while (await shop.shown(buyer, order))["status"] != "CAPTURED":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
