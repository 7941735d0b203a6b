"""For tests: a sandbox process on free ports, and a receiver of its webhooks."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from typing_extensions import override

KEY_ID = "rzp_test_sandbox"
KEY_SECRET = "key-secret-of-tests"  # noqa: S105 - known to tests alone
WEBHOOK_SECRET = "webhook-secret-of-tests"  # noqa: S105 - known to tests alone

START_SECONDS = 20


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class SandboxProcess:
    """`python -m sandbox` with ports and state of its own. It may be stopped and started again."""

    state_dir: Path
    webhook_url: str | None = None
    razorpay_port: int = field(default_factory=free_port)
    fcm_port: int = field(default_factory=free_port)
    mail_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    sns_port: int = field(default_factory=free_port)
    oidc_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """The settings it runs with."""
        return {
            "DOCFLIQ_ENV_FILE": "/dev/null",
            "PAYMENT_RAZORPAY_KEY_ID": KEY_ID,
            "PAYMENT_RAZORPAY_KEY_SECRET": KEY_SECRET,
            "PAYMENT_RAZORPAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SANDBOX_STATE_DIR": str(self.state_dir),
            "SANDBOX_WEBHOOK_URL": self.webhook_url or "",
            "SANDBOX_RAZORPAY_PORT": str(self.razorpay_port),
            "SANDBOX_FCM_PORT": str(self.fcm_port),
            "SANDBOX_MAIL_PORT": str(self.mail_port),
            "SANDBOX_SMTP_PORT": str(self.smtp_port),
            "SANDBOX_SNS_PORT": str(self.sns_port),
            "SANDBOX_OIDC_PORT": str(self.oidc_port),
        }

    @property
    def razorpay_url(self) -> str:
        """What `razorpay.Client` takes as its `base_url`."""
        return f"http://127.0.0.1:{self.razorpay_port}"

    @property
    def fcm_url(self) -> str:
        """Where FCM is."""
        return f"http://127.0.0.1:{self.fcm_port}"

    @property
    def mail_url(self) -> str:
        """Where the mails are shown."""
        return f"http://127.0.0.1:{self.mail_port}"

    @property
    def sns_url(self) -> str:
        """What boto3 takes as its `endpoint_url`."""
        return f"http://127.0.0.1:{self.sns_port}"

    @property
    def oidc_url(self) -> str:
        """The OpenID provider's issuer."""
        return f"http://127.0.0.1:{self.oidc_port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "sandbox"]
        self.process = subprocess.Popen(command, env=self.environment())  # noqa: S603 - our own
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.05)

    def stop(self) -> int:
        """SIGTERM; answers the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, as a crash would."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        status = self.process.wait(timeout=10)
        self.process = None
        return status

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.razorpay_url}/health", trust_env=False).is_success
        except httpx2.HTTPError:
            return False


@dataclass(frozen=True)
class Received:
    """One webhook as it came over the wire."""

    body: bytes
    signature: str
    event_id: str

    @property
    def event(self) -> dict[str, Any]:
        """The event, parsed."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def name(self) -> str:
        """Which event it is."""
        return str(self.event["event"])

    def concerns(self, some_id: str) -> bool:
        """Whether it tells of the order, payment or refund of this id."""
        return some_id.encode() in self.body


class WebhookReceiver:
    """Takes webhooks on a free port, and answers them with `status` after `pause` seconds."""

    def __init__(self, port: int | None = None) -> None:
        self.status = 200
        self.pause = 0.0
        self.received: list[Received] = []
        self.port = port or free_port()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """What the sandbox takes as its `SANDBOX_WEBHOOK_URL`."""
        return f"http://127.0.0.1:{self.port}/webhook"

    def start(self) -> None:
        """Begin to answer."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(
                    Received(
                        body,
                        self.headers["X-Razorpay-Signature"],
                        self.headers["x-razorpay-event-id"],
                    )
                )
                time.sleep(receiver.pause)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            @override
            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def about(self, some_id: str) -> list[Received]:
        """What came about an order, payment or refund, in the order of arrival."""
        return [item for item in self.received if item.concerns(some_id)]

    def names_about(self, some_id: str) -> list[str]:
        """The same, as event names."""
        return [item.name for item in self.about(some_id)]


def eventually(fact: Callable[[], bool], within: float = 10) -> None:
    """Wait until something is true; fails if it is not true in time."""
    deadline = time.monotonic() + within
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s")
        time.sleep(0.05)
