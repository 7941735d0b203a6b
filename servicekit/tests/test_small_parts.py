"""Cursors, seals and settings."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.pagination import CursorInvalid, decode_cursor, encode_cursor, page_of
from servicekit.sealing import SealBroken, seal, unseal
from servicekit.settings import ServiceSettings


def test_a_cursor_brings_back_its_key() -> None:
    key, moment = uuid7(), now()

    found = decode_cursor(
        encode_cursor(key, moment.isoformat(), 5), UUID, datetime.fromisoformat, int
    )

    assert found == [key, moment, 5]


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!!", "bnVsbA", "WzEsMl0", "WyJub3QtYS11dWlkIl0", "ü"]
)
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, UUID)


@pytest.mark.parametrize(
    "part", [5.5, True, None, float("inf"), float("nan"), [[[]]], {"a": 1}, "5x"]
)
@pytest.mark.parametrize("kind", [UUID, datetime.fromisoformat, int])
def test_a_cursor_of_other_parts_is_refused(part: Any, kind: Callable[..., object]) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(encode_cursor(part), kind)


def test_the_last_page_has_no_next() -> None:
    assert page_of([1, 2, 3], 2, lambda row: (row,)) == ([1, 2], encode_cursor(2))
    assert page_of([1, 2], 2, lambda row: (row,)) == ([1, 2], None)


def test_a_letter_opens_with_an_older_key_and_not_with_another() -> None:
    old, new, other = (Fernet.generate_key().decode() for _ in range(3))
    letter = seal(SecretStr(old), {"code": "123456"})

    assert unseal(SecretStr(f"{new},{old}"), letter) == {"code": "123456"}
    with pytest.raises(SealBroken):
        unseal(SecretStr(other), letter)


class PlainSettings(ServiceSettings):
    """A service without settings of its own."""

    model_config = SettingsConfigDict(env_prefix="PLAIN_")

    service = "plain-service"


def plain(**values: Any) -> PlainSettings:
    good: dict[str, Any] = {
        "_env_file": None,
        "DOCFLIQ_STORAGE_SIGNING_KEY": "k",
        "database_url": "postgresql://x@y/z",
        "broker_url": "amqp://x",
    }
    return PlainSettings(**{name: value for name, value in (good | values).items() if value != ""})


def test_a_missing_secret_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCFLIQ_STORAGE_SIGNING_KEY", raising=False)
    with pytest.raises(ValidationError, match="STORAGE_SIGNING_KEY"):
        plain(DOCFLIQ_STORAGE_SIGNING_KEY="")


def test_a_placeholder_is_refused_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCFLIQ_DEV", raising=False)
    with pytest.raises(ValidationError, match="placeholder"):
        plain(DOCFLIQ_STORAGE_SIGNING_KEY="change-me")

    assert plain(DOCFLIQ_STORAGE_SIGNING_KEY="change-me", DOCFLIQ_DEV="1").dev


def test_retry_delays_are_a_list_in_one_variable() -> None:
    assert plain(DOCFLIQ_RETRY_DELAYS="0.1,2").retry_delays == (0.1, 2.0)
