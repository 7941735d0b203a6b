import stat
from pathlib import Path

import pytest
from engine.stack import ROOT
from groundwork import envfiles
from groundwork.services import SERVICES, service_named

EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.fixture
def settings() -> dict[str, str]:
    return envfiles.parse(envfiles.fill_secrets(EXAMPLE))


def test_two_first_starts_have_no_secret_in_common() -> None:
    first, second = (envfiles.parse(envfiles.fill_secrets(EXAMPLE)) for _ in range(2))
    secrets = [name for name, value in envfiles.parse(EXAMPLE).items() if value.startswith("<")]

    assert len(secrets) > len(SERVICES)
    assert all(first[name] != second[name] and len(first[name]) >= 32 for name in secrets)


def test_a_newer_example_adds_its_settings_and_touches_none() -> None:
    existing = "DOCFLIQ_DEV=0\n# mine\nAUTH_PORT=9001\n"

    completed = envfiles.complete(existing, EXAMPLE)

    assert completed.startswith(existing)
    assert envfiles.parse(completed).keys() == envfiles.parse(EXAMPLE).keys()
    assert envfiles.parse(completed)["AUTH_PORT"] == "9001"
    assert envfiles.complete(completed, EXAMPLE) == completed


def test_a_moved_port_moves_every_address_that_names_it(settings: dict[str, str]) -> None:
    moved = settings | {"AUTH_PORT": "9001", "DOCFLIQ_POSTGRES_PORT": "9432"}

    environment = envfiles.derive(moved, home=Path("/stack"))

    assert environment["DOCFLIQ_JWKS_URL"] == "http://127.0.0.1:9001/.well-known/jwks.json"
    for service in SERVICES:
        assert (
            f"@127.0.0.1:9432/{service.database}" in environment[f"{service.prefix}_DATABASE_URL"]
        )


def test_what_the_settings_say_wins_over_what_is_derived(settings: dict[str, str]) -> None:
    real = {"PAYMENT_RAZORPAY_BASE_URL": "https://api.razorpay.com"}

    environment = envfiles.derive(settings | real, home=Path("/stack"))

    assert environment["PAYMENT_RAZORPAY_BASE_URL"] == "https://api.razorpay.com"


def test_a_setting_that_is_no_port_is_refused_by_name(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="REDIS_PORT=none is not a port"):
        envfiles.derive(settings | {"DOCFLIQ_REDIS_PORT": "none"}, home=Path("/stack"))


def test_no_service_is_told_another_ones_secrets(settings: dict[str, str]) -> None:
    environment = envfiles.derive(settings, home=Path("/stack"))

    seen = envfiles.seen_by(environment, service_named("course"))

    assert seen["COURSE_DATABASE_URL"] == environment["COURSE_DATABASE_URL"]
    assert seen["DOCFLIQ_STORAGE_SIGNING_KEY"] == settings["DOCFLIQ_STORAGE_SIGNING_KEY"]
    foreign = [name for name in seen if name.startswith(("AUTH_", "PAYMENT_", "SANDBOX_"))]
    assert foreign == []
    assert not [name for name in seen if name.endswith("_PASSWORD")]


def test_only_auth_and_notification_hold_the_sealing_keys(settings: dict[str, str]) -> None:
    environment = envfiles.derive(settings, home=Path("/stack"))

    holders = [
        service.name
        for service in SERVICES
        if "DOCFLIQ_SEALING_KEYS" in envfiles.seen_by(environment, service)
    ]

    assert holders == ["auth-service", "notification-service"]


def test_what_is_written_reads_back_the_same(settings: dict[str, str]) -> None:
    environment = envfiles.derive(settings, home=Path("/a folder/stack"))

    assert envfiles.parse(envfiles.render(environment)) == environment


def test_a_value_that_could_end_its_quotes_is_refused() -> None:
    with pytest.raises(ValueError, match="single quote"):
        envfiles.render({"NAME": "it's"})


def test_a_file_of_secrets_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.env"
    path.write_text("OLD=1\n")
    path.chmod(0o644)

    envfiles.write_private(path, "NEW=1\n")

    assert path.read_text() == "NEW=1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
