"""The whole platform, started once for all journeys, and people to play them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from demo.client import Client, Wire, new_key, new_wire
from demo.journey.paying import place_order
from demo.journey.teaching import add_lesson, add_module, create_course
from demo.people import Person, demo_account, new_person
from demo.sandboxes import Sandboxes
from demo.settings import Addresses
from demo.stage import new_story
from demo.story import Story
from demo.transcript import Transcript
from demo.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"postgres", "redis", "rabbitmq", "epmd"}
PREFIXES = {"AUTH", "CONTENT", "COURSE", "WEBINAR", "PAYMENT", "NOTIFICATION", "MEDIA"}
# stopProcess returns at once.
NO_WAIT = False
SETTINGS = {
    # Everybody comes from this machine; the services' own limits stay as they are.
    "DOCFLIQ_GATEWAY_RATE": "0",
    "DOCFLIQ_RETRY_DELAYS": "1,2,5,10,60",
}


@dataclass
class Platform:
    """A running platform and the supervisord that keeps it so."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    killed: int | None = None

    @property
    def at(self) -> Addresses:
        """Where the player finds it."""
        return Addresses(
            gateway=self.settings["DOCFLIQ_PUBLIC_URL"],
            razorpay_port=int(self.settings["SANDBOX_RAZORPAY_PORT"]),
            fcm_port=int(self.settings["SANDBOX_FCM_PORT"]),
            mail_port=int(self.settings["SANDBOX_MAIL_PORT"]),
        )

    def up(self, *, scale: int) -> None:
        """Start everything, or bring what runs to another scale."""
        changes = [word for pair in SETTINGS.items() for word in ("--set", "=".join(pair))]
        self.engine("up", "--scale", str(scale), *changes)
        self.settings = _read(self.folder / "run.env")

    def answers(self) -> bool:
        """Whether a supervisord of this stack is there."""
        with suppress(OSError, xmlrpc.client.Error, KeyError):
            self.settings = self.settings or _read(self.folder / "run.env")
            return bool(self.programs())
        return False

    def programs(self) -> dict[str, int]:
        """The process id of each running program."""
        known = cast("list[dict[str, Any]]", self._call("getAllProcessInfo"))
        return {one["name"]: one["pid"] for one in known if one["statename"] == "RUNNING"}

    def stop(self, name: str) -> None:
        """Stop one program; it stays away until it is started."""
        self._call("stopProcess", name)

    def stop_all_but(self, kept: set[str]) -> None:
        """Stop the others, all at once."""
        for name in self.programs().keys() - kept:
            self._call("stopProcess", name, NO_WAIT)
        deadline = time.monotonic() + 40
        while self.programs().keys() - kept and time.monotonic() < deadline:
            time.sleep(0.2)

    def start(self, name: str) -> None:
        """Start one program; returns once it runs, which is before it answers."""
        with suppress(xmlrpc.client.Fault):  # it runs already
            self._call("startProcess", name)

    def kill(self, name: str) -> int | None:
        """SIGKILL, as the kernel does it when memory ends; the pid, or None if it did not run."""
        pid = self.programs().get(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        self.killed = pid
        return pid

    async def hears(self) -> None:
        """Wait until the broker runs again and every API and worker is connected to it."""
        doors = [
            f"http://127.0.0.1:{port}/ready"
            for name, port in sorted(self.settings.items())
            if name.removesuffix("_PORT").removesuffix("_WORKER") in PREFIXES
        ]
        assert len(doors) == 2 * len(PREFIXES) - 1

        async with httpx2.AsyncClient(trust_env=False, timeout=3) as http:

            async def broker_is_another() -> bool:
                # Right after a kill its process is still listed, and nobody has noticed yet.
                running = await asyncio.to_thread(self.programs)
                return running.get("rabbitmq", self.killed) != self.killed

            async def all_connected() -> bool:
                answers = await asyncio.gather(*map(http.get, doors), return_exceptions=True)
                return all(
                    isinstance(one, httpx2.Response) and one.json()["status"] == "ok"
                    for one in answers
                )

            await eventually(broker_is_another, what="the broker runs")
            await eventually(all_connected, what="everybody is connected to the broker")

    def engine(self, *words: str) -> None:
        """Run a command of the native engine on this stack."""
        script = str(ROOT / "deploy" / "native" / "run.py")
        command = [sys.executable, script, "--stack", str(self.folder), *words]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{words[0]}:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}"

    def _call(self, method: str, *arguments: str | bool) -> Any:
        password = self.settings["DOCFLIQ_SUPERVISOR_PASSWORD"]
        port = self.settings["DOCFLIQ_SUPERVISOR_PORT"]
        url = f"http://docfliq_admin:{password}@127.0.0.1:{port}/RPC2"
        with xmlrpc.client.ServerProxy(url) as server:
            return getattr(server.supervisor, method)(*arguments)


def _read(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value.strip("'") for name, _, value in lines}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Another stack than the tests' own can be played on, and what takes minutes can be run."""
    parser.addoption("--stack", type=Path, default=ROOT / ".stack" / "test")
    parser.addoption("--minutes", action="store_true", help="also the tests that take minutes")


def pytest_configure(config: pytest.Config) -> None:
    """The one marker of these tests."""
    config.addinivalue_line("markers", "minutes: takes minutes; runs with --minutes, alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that take minutes run when they are asked for, and then nothing else does."""
    wanted = bool(config.getoption("--minutes"))
    chosen = [item for item in items if bool(item.get_closest_marker("minutes")) is wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.fixture(scope="session")
def platform(pytestconfig: pytest.Config) -> Iterator[Platform]:
    """Everything on real servers, one of each. What this session started, it ends."""
    platform = Platform(pytestconfig.getoption("--stack"))
    servers_ran = platform.answers()
    platform.up(scale=1)
    yield platform
    if not servers_ran:
        platform.engine("down")
        return
    platform.stop_all_but(SERVERS)


@pytest.fixture(scope="session")
async def wire(platform: Platform) -> AsyncIterator[Wire]:
    """Connections to the gateway."""
    wire = new_wire(platform.at.api)
    yield wire
    await wire.http.aclose()


@pytest.fixture(scope="session")
def sandboxes(platform: Platform, wire: Wire) -> Sandboxes:
    """Mails, pushes, checkout."""
    return Sandboxes(wire=wire, at=platform.at)


@pytest.fixture
def anybody(wire: Wire) -> Client:
    """The platform without a token."""
    return Client(wire)


TellStory = Callable[[], AbstractAsyncContextManager[Story]]


@pytest.fixture
def new_journey(platform: Platform) -> TellStory:
    """Open a journey with a short video, whose transcript pytest shows when it fails."""

    def open_one() -> AbstractAsyncContextManager[Story]:
        return new_story(platform.at, Transcript(), video_secs=10)

    return open_one


MakePerson = Callable[..., Any]


@pytest.fixture(scope="session")
def make_person(wire: Wire) -> MakePerson:
    """Register somebody new."""

    async def make(name: str = "Asha Menon", *, wire: Wire = wire) -> Person:
        person = new_person(wire, name)
        await person.register(profession="DOCTOR_GP", specialty="Cardiology")
        return person

    return make


@pytest.fixture(scope="session")
async def crowd(platform: Platform, make_person: MakePerson) -> AsyncIterator[list[Person]]:
    """Fifty people, each from an address of their own, as in life."""
    async with AsyncExitStack() as stack:
        wires = [new_wire(platform.at.api, address=f"127.0.1.{n}") for n in range(1, 51)]
        for wire in wires:
            stack.push_async_callback(wire.http.aclose)
        turn = asyncio.Semaphore(5)

        async def make(wire: Wire) -> Person:
            async with turn:
                person: Person = await make_person("Kiran Shah", wire=wire)
                return person

        yield list(await asyncio.gather(*(make(wire) for wire in wires)))


@pytest.fixture(scope="session")
async def instructor(wire: Wire) -> Person:
    """The demo platform's instructor."""
    return await demo_account(wire, "instructor")


@pytest.fixture(scope="session")
async def admin(wire: Wire) -> Person:
    """The demo platform's admin."""
    return await demo_account(wire, "admin")


@pytest.fixture(scope="session")
async def paid_course(instructor: Person) -> dict[str, Any]:
    """A published course of one text, for 900 INR."""
    key = new_key()[:8]
    wish = {
        "title": f"The price of a text {key}",
        "slug": f"the-price-of-a-text-{key}",
        "description": "One text, which must be paid for.",
        "instructor_name": "Demo Instructor",
        "category": "Cardiology",
        "pricing_type": "PAID",
        "price": "900.00",
    }
    course = await create_course(instructor, wish)
    module_id = await add_module(instructor, course["id"], title="One", order=1)
    lesson = {"title": "Text", "lesson_type": "TEXT", "content_body": "Read.", "sort_order": 1}
    course["lesson_id"] = await add_lesson(instructor, module_id, lesson)
    await instructor.api.post(f"/lms/courses/{course['id']}/publish")
    return course


MakeOrder = Callable[..., Any]


@pytest.fixture
def make_order(paid_course: dict[str, Any]) -> MakeOrder:
    """Order the paid course, as somebody."""

    async def make(buyer: Person, **more: Any) -> dict[str, Any]:
        wish = {"item_type": "COURSE", "item_id": paid_course["id"], **more}
        return await place_order(buyer, wish, key=new_key())

    return make
