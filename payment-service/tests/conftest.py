"""What the tests of payment-service share: a shop window, buyers, and Razorpay's stand-in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CoursePublished, CourseVisibility, PricingType
from contracts.event import Event, Person
from payment_service.app import create_app
from payment_service.payments.schedules import (
    apply_one_webhook,
    ask_about_one_order,
    capture_one_payment,
    send_one_refund,
)
from payment_service.settings import Settings
from payment_service.subscriptions import SUBSCRIPTIONS
from payment_service.till import Till
from sandbox.testing import (
    KEY_ID,
    KEY_SECRET,
    WEBHOOK_SECRET,
    Received,
    SandboxProcess,
    WebhookReceiver,
)
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, published, receive
from servicekit.testing.plugin import MakeCaller, MakeSettings

API = "/api/v1"


@pytest.fixture
def service_package() -> str:
    """Whose migrations make the database."""
    return "payment_service"


@pytest.fixture(scope="session")
def receiver() -> Iterator[WebhookReceiver]:
    """Takes the webhooks that the sandbox sends, for tests to hand on."""
    receiver = WebhookReceiver()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def sandbox_process(
    receiver: WebhookReceiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxProcess]:
    """`python -m sandbox` on ports of its own."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), webhook_url=receiver.url)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def settings(make_settings: MakeSettings, sandbox_process: SandboxProcess) -> Settings:
    """This test's settings: nothing waits for a minute."""
    made: Settings = make_settings(
        Settings,
        razorpay_key_id=KEY_ID,
        razorpay_key_secret=KEY_SECRET,
        razorpay_webhook_secret=f"{WEBHOOK_SECRET},secret-before-rotation",
        razorpay_base_url=sandbox_process.razorpay_url,
        capture_after_secs=0.0,
        reconcile_after_secs=0.0,
    )
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application under test."""
    return create_app(settings)


@pytest.fixture
def till(app: FastAPI) -> Till:
    """What the worker's steps work with: the real client against the sandbox."""
    found: Till = app.state.till
    return found


@pytest.fixture
def buyer(make_caller: MakeCaller) -> TestCaller:
    """Somebody who wants to learn."""
    return make_caller()


@pytest.fixture
def admin(make_caller: MakeCaller) -> TestCaller:
    """Somebody who may refund."""
    return make_caller(Role.ADMIN)


Hear = Callable[[Event], Awaitable[list[bool]]]


@pytest.fixture
def hear(session: AsyncSession) -> Hear:
    """Deliver an event to every handler that wants it; says for each whether it was new."""

    async def hearing(event: Event) -> list[bool]:
        carried = envelope(event)
        wanted = [one for one in SUBSCRIPTIONS if one.event is type(event)]
        assert wanted
        return [await receive(session, one, carried) for one in wanted]

    return hearing


MakeCourse = Callable[..., Awaitable[UUID]]


def published_course(**facts: Any) -> CoursePublished:
    """A paid course, as course-service announces it."""
    return CoursePublished(
        **{
            "version": 1,
            "course_id": uuid7(),
            "author_id": uuid7(),
            "title": "Rhythm disorders",
            "slug": "rhythm-disorders",
            "description": "From the strip to the treatment",
            "category": "cardiology",
            "pricing_type": PricingType.PAID,
            "amount_minor": 49900,
            "currency": "INR",
            "visibility": CourseVisibility.PUBLIC,
            "person": Person(full_name="Asha Rao"),
            "published_at": now(),
            **facts,
        }
    )


@pytest.fixture
def make_course(hear: Hear) -> MakeCourse:
    """`make_course(amount_minor=…)`: a course that is on sale."""

    async def making(**facts: Any) -> UUID:
        event = published_course(**facts)
        await hear(event)
        return event.course_id

    return making


@pytest.fixture
def make_published_course() -> Callable[..., CoursePublished]:
    """`make_published_course(version=2)`: the event alone."""
    return published_course


@pytest.fixture
async def course_id(make_course: MakeCourse) -> UUID:
    """A course for 499 rupees."""
    return await make_course()


@dataclass
class Shop:
    """The door of payment-service and Razorpay's side of it."""

    client: httpx2.AsyncClient
    process: SandboxProcess
    receiver: WebhookReceiver
    till: Till
    session: AsyncSession
    hear: Hear

    async def order(self, by: TestCaller, item_id: UUID, **more: Any) -> httpx2.Response:
        """Order a course; `key` is the Idempotency-Key."""
        headers = dict(by.headers)
        if "key" in more:
            headers["Idempotency-Key"] = more.pop("key")
        body = {"item_type": "COURSE", "item_id": str(item_id), **more}
        return await self.client.post(f"{API}/payment/orders", json=body, headers=headers)

    async def ordered(self, by: TestCaller, item_id: UUID, **more: Any) -> dict[str, Any]:
        """The order that was made."""
        answer = await self.order(by, item_id, **more)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def shown(self, by: TestCaller, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it stands."""
        answer = await self.client.get(f"{API}/payment/orders/{order['id']}", headers=by.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def pay(self, order: dict[str, Any], outcome: str = "captured") -> dict[str, Any]:
        """Pay in the checkout as a person would."""
        answer = await self.at_razorpay(
            "POST",
            f"/checkout/{order['razorpay_order_id']}/pay",
            json={"method": "upi", "outcome": outcome},
        )
        paid: dict[str, Any] = answer.json()
        return paid

    async def at_razorpay(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A request to the sandbox with the merchant's key."""
        async with httpx2.AsyncClient(
            base_url=self.process.razorpay_url, auth=(KEY_ID, KEY_SECRET), trust_env=False
        ) as http:
            answer = await http.request(method, path, **more)
        assert answer.is_success, answer.text
        return answer

    async def fault(self, kind: str, **more: Any) -> None:
        """Let the sandbox misbehave."""
        await self.at_razorpay("POST", "/sandbox/faults", json={"kind": kind, **more})

    async def webhooks(self, about: str, *names: str) -> list[Received]:
        """The webhooks about something, once those names have arrived."""
        for _ in range(200):
            found = self.receiver.about(about)
            if set(names) <= {one.name for one in found}:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{names} did not come, only {self.receiver.names_about(about)}")

    async def hand_on(self, *webhooks: Received) -> list[int]:
        """Give webhooks to our door, in this order; the status of each answer."""
        answers = [
            await self.client.post(
                f"{API}/payment/webhook",
                content=one.body,
                headers={
                    "Content-Type": "application/json",
                    "X-Razorpay-Signature": one.signature,
                    "x-razorpay-event-id": one.event_id,
                },
            )
            for one in webhooks
        ]
        return [answer.status_code for answer in answers]

    async def work(self) -> None:
        """What the worker does by itself, until nothing is due."""
        for step in (apply_one_webhook, send_one_refund, capture_one_payment):
            while await step(self.till):
                pass

    async def ask(self) -> bool:
        """The reconciler's step, once."""
        return await ask_about_one_order(self.till)

    async def spread(self, *kinds: type[Event]) -> None:
        """Deliver our own events of these kinds to our own handlers, as relay and broker do."""
        for kind in kinds:
            for event in await published(self.session, kind):
                await self.hear(event)


@pytest.fixture
async def shop(
    client: httpx2.AsyncClient,
    sandbox_process: SandboxProcess,
    receiver: WebhookReceiver,
    till: Till,
    session: AsyncSession,
    hear: Hear,
) -> AsyncIterator[Shop]:
    """Our door, Razorpay's stand-in, and what the worker does between them."""
    shop = Shop(client, sandbox_process, receiver, till, session, hear)
    yield shop
    await shop.at_razorpay("DELETE", "/sandbox/faults")
