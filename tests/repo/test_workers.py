"""What a worker does not load: the web framework costs 30 MiB in each process."""

import subprocess
import sys

import pytest

WORKERS = ("auth", "content", "course", "webinar", "payment", "notification")


@pytest.mark.parametrize("worker", [*(f"{name}_service" for name in WORKERS), "media_worker"])
def test_a_worker_does_without_the_web_framework(worker: str) -> None:
    seen = f"import sys, {worker}.worker; sys.exit('fastapi' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", seen], check=False)
    assert ended.returncode == 0
