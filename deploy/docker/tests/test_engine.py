"""The parts of the engine that need no Docker."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from containers.compose import Container
from containers.settings import unreachable

ROOT = Path(__file__).resolve().parents[3]


def make_container(**facts: object) -> Container:
    known = {
        "name": "redis",
        "service": "redis",
        "status": "running",
        "health": "healthy",
        "restarts": 0,
        "exit_code": 0,
        "started": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return Container(**{**known, **facts})  # type: ignore[arg-type] # facts of a test


@pytest.mark.parametrize(
    ("facts", "well"),
    [
        ({}, True),
        ({"health": "unhealthy"}, False),
        ({"health": "starting"}, False),
        ({"status": "restarting"}, False),
        ({"status": "exited", "health": "healthy"}, False),
        ({"status": "exited", "health": ""}, True),
        ({"status": "exited", "health": "", "exit_code": 1}, False),
    ],
)
def test_a_container_is_well_when_it_runs_or_has_done_its_one_thing(
    *, facts: dict[str, object], well: bool
) -> None:
    assert make_container(**facts).well is well


def test_an_address_on_loopback_is_taken_as_empty_because_it_would_be_the_container() -> None:
    settings = {
        "NOTIFICATION_SMTP_HOST": "127.0.0.1",
        "PAYMENT_RAZORPAY_BASE_URL": "https://api.razorpay.com",
        "DOCFLIQ_OTLP_ENDPOINT": "http://localhost:4318",
        "NOTIFICATION_FCM_BASE_URL": "",
    }

    assert unreachable(settings) == ["NOTIFICATION_SMTP_HOST", "DOCFLIQ_OTLP_ENDPOINT"]


def chosen(home: Path, *, docker: str, engine: str = "") -> subprocess.CompletedProcess[str]:
    """What `engine.sh` says in a checkout at `home`, where `docker` is this script."""
    (home / "deploy").mkdir(exist_ok=True)
    (home / "deploy" / "engine.sh").write_text((ROOT / "deploy" / "engine.sh").read_text())
    program = home / "bin" / "docker"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{docker}\n")
    program.chmod(0o755)
    return subprocess.run(
        ["sh", str(home / "deploy" / "engine.sh")],
        env={"PATH": f"{program.parent}:/usr/bin:/bin", "ENGINE": engine},
        capture_output=True,
        text=True,
        check=False,
    )


def test_containers_are_chosen_where_an_engine_answers(tmp_path: Path) -> None:
    assert chosen(tmp_path, docker="exit 0").stdout == "docker\n"
    assert chosen(tmp_path, docker="exit 1").stdout == "native\n"


def test_data_that_the_native_engine_keeps_stay_with_it(tmp_path: Path) -> None:
    (tmp_path / ".stack" / "postgres").mkdir(parents=True)

    assert chosen(tmp_path, docker="exit 0").stdout == "native\n"
    assert chosen(tmp_path, docker="exit 0", engine="docker").stdout == "docker\n"


def test_an_engine_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    refused = chosen(tmp_path, docker="exit 0", engine="podman")

    assert refused.returncode == 1
    assert "not podman" in refused.stderr


def test_the_commands_need_no_package() -> None:
    script = "import sys; sys.path.insert(0, 'deploy/docker'); import run"
    isolated = ["python3", "-I", "-S", "-c", script]

    ended = subprocess.run(isolated, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr


def test_both_engines_have_the_same_commands() -> None:
    def commands(engine: str) -> set[str]:
        text = (ROOT / "deploy" / engine / "run.py").read_text()
        table = text.partition("COMMANDS: dict[str, Command] = {")[2].partition("}")[0]
        return {line.split('"')[1] for line in table.splitlines() if '"' in line}

    assert commands("docker") == commands("native") > {"up", "backup", "module"}
