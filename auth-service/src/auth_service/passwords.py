"""Argon2id away from the event loop, with a bounded queue; and a judge of strength."""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from servicekit.problems import TooManyRequests, Unprocessable

Answer = TypeVar("Answer")

LEAST_SCORE = 2
JUDGED_CHARACTERS = 72


class PasswordTooWeak(Unprocessable):
    """This password would be guessed soon. Take a longer or a less common one."""

    title = "The password is too easy to guess"


def _words(known: Iterable[str | None]) -> list[str]:
    """An address or a name as a whole, its parts, and these written together."""
    whole = [one for one in known if one]
    parts = [[part for part in re.split(r"[\s@.+]+", one) if part] for one in whole]
    return whole + [word for some in parts for word in (*some, "".join(some))]


class Passwords:
    """Hashes and checks passwords: 19 MiB, two passes, one lane (OWASP, Password Storage).

    At most `queue` callers wait; the next one is refused with TooManyRequests.
    """

    def __init__(self, *, threads: int, queue: int) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._room = threads + queue
        self._judging = Lock()
        self._nobodys = self._hasher.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a new hash if the old one's parameters are outdated.

        Without a hash it takes just as long, and never matches.
        """
        matches, renewed = await self._run(lambda: self._verify(password, hashed or self._nobodys))
        return (matches, renewed) if hashed else (False, None)

    async def refuse_weak(self, password: str, *known: str | None, field: str = "password") -> None:
        """Raises PasswordTooWeak about `field`; `known` is what others can guess from."""
        score = await self._run(lambda: self._score(password, _words(known)))
        if score < LEAST_SCORE:
            raise PasswordTooWeak(
                errors=[{"pointer": f"/{field}", "detail": PasswordTooWeak.title}]
            )

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, hashed: str) -> tuple[bool, str | None]:
        try:
            return self._hasher.verify_and_update(password, hashed)
        except UnknownHashError:
            return False, None

    def _score(self, password: str, known: list[str]) -> int:
        # zxcvbn keeps what the caller knows in a dictionary of the whole module.
        with self._judging:
            judged = zxcvbn(password[:JUDGED_CHARACTERS], user_inputs=known)
        return int(judged["score"])

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._room <= 0:
            raise TooManyRequests("Too many people sign in at once", headers={"Retry-After": "1"})
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._room += 1
