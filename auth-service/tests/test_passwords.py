"""Hashing away from the event loop, with room for so many."""

import asyncio

import pytest
from zxcvbn import zxcvbn

from auth_service.passwords import Passwords, PasswordTooWeak
from servicekit.problems import TooManyRequests


async def test_whoever_finds_the_queue_full_is_told_to_come_back() -> None:
    passwords = Passwords(threads=1, queue=2)
    answers = await asyncio.gather(
        *(passwords.hash("correct horse battery") for _ in range(6)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, TooManyRequests)]

    assert (len(refused), len(answers) - len(refused)) == (3, 3)
    assert refused[0].headers == {"Retry-After": "1"}
    assert (await passwords.verify("correct horse battery", str(answers[0])))[0]
    passwords.close()


async def test_nobody_has_a_password_that_matches() -> None:
    passwords = Passwords(threads=1, queue=2)

    assert await passwords.verify("anything", None) == (False, None)
    assert await passwords.verify("anything", "not a hash") == (False, None)
    passwords.close()


@pytest.mark.parametrize(
    "password",
    [
        "password1",
        "qwertyuiop",
        "asha.rao@example.com",
        "aaaaaaaaaaaa",
        "AshaRao1987",
        "rao+919876543210",
        "St Martha 1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaXq7!pL#2zRw9",
    ],
)
async def test_what_is_guessed_soon_is_weak(password: str) -> None:
    passwords = Passwords(threads=1, queue=2)

    with pytest.raises(PasswordTooWeak, match="easy to guess"):
        await passwords.refuse_weak(
            password, "asha.rao@example.com", "Asha Rao", "+919876543210", "St Martha", None
        )
    passwords.close()


async def test_signs_that_may_be_letters_keep_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []

    def judge(password: str, user_inputs: list[str]) -> dict[str, int]:
        judged.append(password)
        return {"score": zxcvbn(password, user_inputs=user_inputs)["score"]}

    monkeypatch.setattr("auth_service.passwords.zxcvbn", judge)
    passwords = Passwords(threads=1, queue=2)
    # Judged as it stands, this takes zxcvbn seconds: it reads each sign in every way.
    await passwords.refuse_weak("4@8({[<369&#!1/|0$5+7%2" * 4)
    with pytest.raises(PasswordTooWeak):
        await passwords.refuse_weak("4@8({[<369!1|0$", "4@8({[<369!1|0$")

    assert all(not set(password) & set("4@8({[<369!1|0$5+7%2") for password in judged)
    passwords.close()
