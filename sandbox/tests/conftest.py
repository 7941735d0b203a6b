"""A running sandbox, its webhook receiver, and the real clients."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import razorpay

from sandbox.testing import KEY_ID, KEY_SECRET, SandboxProcess, WebhookReceiver


@pytest.fixture(scope="session")
def receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def running(
    receiver: WebhookReceiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), webhook_url=receiver.url)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[tuple[SandboxProcess, WebhookReceiver]]:
    """A sandbox of the test's own whose receiver is not up yet."""
    receiver = WebhookReceiver()
    process = SandboxProcess(tmp_path, webhook_url=receiver.url)
    process.start()
    yield process, receiver
    process.kill()
    receiver.stop()


@pytest.fixture
def razorpay_of() -> Callable[[SandboxProcess], Any]:
    def client(process: SandboxProcess) -> Any:
        return razorpay.Client(auth=(KEY_ID, KEY_SECRET), base_url=process.razorpay_url)

    return client


@pytest.fixture
def client(running: SandboxProcess, razorpay_of: Callable[[SandboxProcess], Any]) -> Any:
    return razorpay_of(running)


@pytest.fixture
def order(client: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.order.create({"amount": 49900, "currency": "INR"})
    return made


@pytest.fixture
def http(running: SandboxProcess) -> Iterator[httpx2.Client]:
    """Razorpay's port with the right key; faults are healed afterwards."""
    with httpx2.Client(
        base_url=running.razorpay_url, auth=(KEY_ID, KEY_SECRET), trust_env=False
    ) as http:
        yield http
        http.delete("/sandbox/faults")


@pytest.fixture
def pay(running: SandboxProcess) -> Callable[..., dict[str, Any]]:
    """Pays as a person would: any process, any order."""

    def paying(
        order_id: str, outcome: str = "captured", *, at: SandboxProcess = running
    ) -> dict[str, Any]:
        answer = httpx2.post(
            f"{at.razorpay_url}/checkout/{order_id}/pay",
            json={"method": "upi", "outcome": outcome},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        paid: dict[str, Any] = answer.json()
        return paid

    return paying
