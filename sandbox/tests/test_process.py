"""The process: how it starts, ends and remembers."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.testing import SandboxProcess, WebhookReceiver

Restartable = tuple[SandboxProcess, WebhookReceiver]


def test_every_port_says_that_it_is_well(running: SandboxProcess) -> None:
    for url in (running.razorpay_url, running.fcm_url, running.mail_url):
        assert httpx2.get(f"{url}/health", trust_env=False).json() == {"status": "ok"}


def test_sigterm_ends_it_at_once_and_cleanly(restartable: Restartable) -> None:
    process, _ = restartable
    with httpx2.Client(base_url=process.razorpay_url, trust_env=False) as idle:
        idle.get("/health")

        begun = time.monotonic()
        status = process.stop()

    assert status == 0
    assert time.monotonic() - begun < 2


def test_mails_and_pushes_survive_a_crash(restartable: Restartable) -> None:
    process, _ = restartable
    with smtplib.SMTP("127.0.0.1", process.smtp_port, timeout=5) as smtp:
        smtp.sendmail("a@docfliq.test", ["b@docfliq.test"], "Subject: kept\r\n\r\nhello")

    process.kill()
    process.start()

    items = httpx2.get(f"{process.mail_url}/messages", trust_env=False).json()["items"]
    assert [item["subject"] for item in items] == ["kept"]


def test_orders_are_kept_when_it_is_killed_in_the_middle(
    restartable: Restartable, razorpay_of: Callable[[SandboxProcess], Any]
) -> None:
    process, _ = restartable
    client = razorpay_of(process)
    order = {"amount": 500, "currency": "INR"}
    answered = [client.order.create(order)["id"] for _ in range(50)]

    process.kill()
    process.start()

    found = client.order.all({"count": 100})["items"]
    assert [item["id"] for item in found] == answered[::-1]


def test_it_is_small(running: SandboxProcess) -> None:
    assert running.process is not None
    status = Path(f"/proc/{running.process.pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    [resident] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]

    assert int(resident.split()[1]) < 90 * 1024


def test_without_its_secrets_it_does_not_start() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        env={"DOCFLIQ_ENV_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "PAYMENT_RAZORPAY_KEY_SECRET" in ended.stderr


def test_a_taken_port_is_named(running: SandboxProcess, tmp_path: Path) -> None:
    second = SandboxProcess(tmp_path, razorpay_port=running.razorpay_port)
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        env=second.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert str(running.razorpay_port) in ended.stderr
