"""Argon2id away from the event loop, with a bounded queue; and a judge of strength."""

import asyncio
import math
import os
import re
import secrets
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from weakref import WeakValueDictionary

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

from servicekit.problems import TooManyRequests, Unprocessable

LEAST_SCORE = 2
JUDGED_CHARACTERS = 72
MOST_READINGS = 16
NICENESS = 4
BCRYPT_BYTES = 72
LETTER_OF = str.maketrans({each: letter for letter, some in L33T_TABLE.items() for each in some})


class PasswordTooWeak(Unprocessable):
    """This password would be guessed soon. Take a longer or a less common one."""

    title = "The password is too easy to guess"


def _words(known: Iterable[str | None]) -> list[str]:
    """An address or a name as a whole, its parts, and these written together."""
    whole = [one for one in known if one]
    parts = [[part for part in re.split(r"[\s@.+]+", one) if part] for one in whole]
    return whole + [word for some in parts for word in (*some, "".join(some))]


def _yield_to_others() -> None:
    # On Linux a thread has a niceness of its own: whoever only wants a page goes first.
    with suppress(OSError):  # where it may not, it does not
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _score(password: str, known: list[str]) -> int:
    judged = password[:JUDGED_CHARACTERS]
    readings = math.prod(
        max(1, sum(each in judged for each in some)) for some in L33T_TABLE.values()
    )
    if readings > MOST_READINGS:
        # zxcvbn tries every reading of signs that may stand for letters: seconds of a core, for who
        # likes to keep others waiting. So they are letters, once and for all.
        judged, known = judged.translate(LETTER_OF), [one.translate(LETTER_OF) for one in known]
    return int(zxcvbn(judged, user_inputs=known)["score"])


class Passwords:
    """Hashes and checks passwords: 19 MiB, two passes, one lane (OWASP, Password Storage).

    bcrypt is read, never written: hashes that people bring along become ours as they sign in.
    At most `queue` callers wait; the next one is refused with TooManyRequests.
    """

    def __init__(self, *, threads: int, queue: int) -> None:
        ours = Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hasher = PasswordHash((ours, BcryptHasher()))
        self._executor = ThreadPoolExecutor(
            threads, thread_name_prefix="argon2", initializer=_yield_to_others
        )
        # One thread: zxcvbn keeps what the caller knows in a dictionary of the whole module. Its
        # own: nobody who signs in waits for a judgement.
        self._judge = ThreadPoolExecutor(
            1, thread_name_prefix="zxcvbn", initializer=_yield_to_others
        )
        self._room = threads + queue
        self._turns = asyncio.Semaphore(threads + 1)
        self._doors: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._nobodys = self._hasher.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._place():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, self._hasher.hash, password)

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a new hash if the old one's parameters are outdated.

        Without a hash it takes just as long, and never matches. Call it inside `one_at_a_time`.
        """
        matches, renewed = await asyncio.get_running_loop().run_in_executor(
            self._executor, self._verify, password, hashed or self._nobodys
        )
        return (matches, renewed) if hashed else (False, None)

    async def refuse_weak(self, password: str, *known: str | None, field: str = "password") -> None:
        """Raises PasswordTooWeak about `field`; `known` is what others can guess from."""
        with self._place():
            score = await asyncio.get_running_loop().run_in_executor(
                self._judge, _score, password, _words(known)
            )
        if score < LEAST_SCORE:
            raise PasswordTooWeak(
                errors=[{"pointer": f"/{field}", "detail": PasswordTooWeak.title}]
            )

    @asynccontextmanager
    async def one_at_a_time(self, door: bytes) -> AsyncIterator[None]:
        """Alone at this door: who asks many times at once is told no sooner than the others.

        Raises TooManyRequests.
        """
        with self._place():
            async with self._doors.setdefault(door, asyncio.Lock()):
                yield

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Soon to be verified: what has to be read before is read shortly before, not for all."""
        async with self._turns:
            yield

    def close(self) -> None:
        """End the threads."""
        for executor in (self._executor, self._judge):
            executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, hashed: str) -> tuple[bool, str | None]:
        try:
            if not BcryptHasher.identify(hashed):
                return self._hasher.verify_and_update(password, hashed)
            # bcrypt never read further, and now refuses what it would not read.
            matches = self._hasher.verify(password.encode()[:BCRYPT_BYTES], hashed)
            return matches, self._hasher.hash(password) if matches else None
        except UnknownHashError:
            return False, None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._room <= 0:
            raise TooManyRequests("Too many people sign in at once", headers={"Retry-After": "1"})
        self._room -= 1
        try:
            yield
        finally:
            self._room += 1
