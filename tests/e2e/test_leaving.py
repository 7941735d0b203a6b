"""Whoever leaves for good is in no database, queue, object or log within a minute."""

import asyncio
import io
import os
import secrets
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql

from demo.client import Client, Wire, new_key
from demo.journey.meeting import publish_post
from demo.media import make_pdf
from demo.people import Person
from demo.uploads import File, download, ready, upload
from demo.waiting import eventually

WHY = {"reason": "Spam in comments."}
SERVICES = ("AUTH", "CONTENT", "COURSE", "WEBINAR", "PAYMENT", "NOTIFICATION", "MEDIA")
BROKER_USER = "docfliq_admin"


class Traces:
    """Every place in which the platform could still know a word."""

    def __init__(self, platform: Any, word: str) -> None:
        self.settings: dict[str, str] = platform.settings
        self.folder: Path = platform.folder
        self.word = word.lower()
        # As it stands in a column of bytes.
        self.hex = self.word.encode().hex()

    def in_databases(self) -> list[str]:
        """The tables that hold it, of every database."""
        return [found for name in SERVICES for found in self._in_database(name)]

    def _in_database(self, name: str) -> Iterator[str]:
        with psycopg.connect(self.settings[f"{name}_DATABASE_URL"]) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(
                    sql.SQL("SELECT count(*) FROM {} t WHERE lower(t::text) ~ %s").format(
                        sql.Identifier(table)
                    ),
                    [f"{self.word}|{self.hex}"],
                ).fetchone()
                if rows and rows[0]:
                    yield f"{name}.{table}"

    def in_objects(self) -> list[str]:
        """The stored objects that hold it, or are named so."""
        return self._in_files(Path(self.settings["DOCFLIQ_STORAGE_ROOT"]))

    def in_logs(self) -> list[str]:
        """The logs that hold it."""
        logs = self.folder / "log"
        assert any(logs.glob("*.log"))
        return self._in_files(logs)

    def _in_files(self, folder: Path) -> list[str]:
        # Unlike rglob, os.walk does not mind folders that vanish while it walks.
        files = [Path(at, name) for at, _, names in os.walk(folder) for name in names]
        assert folder.is_dir()
        return [str(path) for path in files if self._holds(path)]

    def _holds(self, path: Path) -> bool:
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # removed since we listed it
            return False
        parts = [str(path).encode(), content]
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                parts += [archive.read(name) for name in archive.namelist()]
        return any(self.word.encode() in part.lower() for part in parts)

    def in_queues(self) -> list[str]:
        """The queues in which a message holds it; the messages stay."""
        port, password = (
            self.settings[f"DOCFLIQ_{name}"] for name in ("MANAGEMENT_PORT", "BROKER_PASSWORD")
        )
        url = f"http://127.0.0.1:{port}/api/queues/docfliq"
        peek = {"count": 10000, "ackmode": "ack_requeue_true", "encoding": "auto"}
        with httpx2.Client(auth=(BROKER_USER, password), trust_env=False) as http:
            queues = http.get(url).json()
            assert len(queues) > 20
            return [
                queue["name"]
                for queue in queues
                if queue.get("messages")
                and self.word in http.post(f"{url}/{queue['name']}/get", json=peek).text.lower()
            ]

    async def found(self) -> list[str]:
        """All of them."""
        places = (self.in_databases, self.in_objects, self.in_logs, self.in_queues)
        found = await asyncio.gather(*(asyncio.to_thread(look) for look in places))
        return [place for some in found for place in some]


async def live_a_little(person: Person, other: Person, word: str) -> None:
    """Write the word wherever people write: profile, posts, comments, files, papers."""
    api = person.api
    profile = {"bio": f"{word} writes", "headline": f"{word}, MD", "hospital_name": word}
    await api.patch("/profile/me", profile)
    await publish_post(person, f"{word} asks", f"#{word} wants to know.")
    theirs = await publish_post(other, "Chest pain", "Think of the aorta.")
    path = f"/interactions/posts/{theirs['id']}"
    await api.post(f"{path}/comments", {"body": f"{word} was here"}, expect=(201,))
    await api.post(f"{path}/like")
    await api.post(f"/social/{other.id}/follow")
    report = {"reason": f"{word} was insulted."}
    await api.post(f"/social/{other.id}/report", report, expect=(200, 201))
    await api.post("/notifications/register-device", {"token": word, "device_type": "ANDROID"})
    await api.post("/auth/otp/request", {"email": person.email}, expect=(202,))

    paper = File(f"{word}.pdf", "application/pdf", make_pdf(word, [f"{word} may practise."]))
    asset_id = await upload(person, paper, purpose="LICENSE")
    licence = {
        "document_type": "MEDICAL_LICENSE",
        "license_number": word,
        "council": "Delhi Medical Council",
        "country": "IN",
        "asset_id": asset_id,
    }
    await api.post("/verification", licence, expect=(201,))
    await ready(person, asset_id)


async def learn(person: Person, course: dict[str, Any], order: dict[str, Any], till: Any) -> str:
    """Pay for a course and finish it; the code of the certificate."""
    api = person.api

    async def enrolled() -> bool:
        return bool(await api.collect("/lms/enrollments/me"))

    async def printed() -> dict[str, Any] | None:
        mine: list[dict[str, Any]] = await api.collect("/certificates/me")
        for one in mine:
            content = await api.raw("GET", f"/certificates/{one['id']}/download")
            return one if content.status_code == 200 else None
        return None

    async def captured() -> Any:
        now = await api.get(f"/payment/orders/{order['id']}")
        return now if now["status"] == "CAPTURED" else None

    await till.pay(order["razorpay_order_id"], paid=captured)
    await eventually(enrolled, what="the payment enrols")
    await api.post(f"/lms/lessons/{course['lesson_id']}/progress", {"completed": True})
    certificate = await eventually(printed, what="the certificate is printed")
    return str(certificate["qr_code"])


async def take_along(person: Person, word: str) -> None:
    """Fetch one archive of what every service holds."""

    async def is_ready() -> dict[str, Any] | None:
        asked: dict[str, Any] = (await person.api.raw("GET", "/users/me/export")).json()
        return asked if asked["status"] == "READY" else None

    first = await person.api.raw("GET", "/users/me/export")
    assert (first.status_code, first.json()["status"]) == (202, "PENDING")
    export = await eventually(is_ready, what="the export is ready", within=60)
    assert export["missing_services"] == []
    content = await download(person, export["download_url"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert len([name for name in held if name.endswith(".json")]) == len(SERVICES)
    [licence] = [name for name in held if name.startswith("files/")]
    assert word.encode() in held[licence]
    [certificate] = [name for name in held if name.startswith("certificates/")]
    assert held[certificate].startswith(b"%PDF")
    assert word in held["content-service.json"].decode()

    async def is_told() -> bool:
        told = await person.api.collect("/notifications/")
        return "export.completed" in {one["type"] for one in told}

    await eventually(is_told, what="the person is told", within=30)


@pytest.fixture
def word() -> str:
    return f"canary{secrets.token_hex(4)}"


async def test_whoever_leaves_is_nowhere_within_a_minute(
    platform: Any,
    anybody: Client,
    sandboxes: Any,
    make_person: Any,
    make_order: Any,
    paid_course: dict[str, Any],
    word: str,
) -> None:
    other: Person = await make_person()
    person: Person = await make_person(f"Dr. {word}")
    await live_a_little(person, other, word)
    code = await learn(person, paid_course, await make_order(person), sandboxes)
    await take_along(person, word)
    traces = Traces(platform, word)
    known = await traces.found()
    assert {"AUTH.users", "CONTENT.posts", "NOTIFICATION.archived_events"} <= set(known)
    assert {"COURSE.certificates", "MEDIA.jobs", "PAYMENT.players"} <= set(known)
    assert traces.in_objects()

    answer = await person.api.raw("DELETE", "/users/me")
    assert answer.status_code == 204
    left = time.monotonic()

    async def is_nowhere() -> bool:
        nonlocal known
        known = await traces.found()
        return not known

    try:
        await eventually(is_nowhere, what="nothing is left", within=60)
    except AssertionError as late:
        raise AssertionError(known) from late
    assert time.monotonic() - left < 60

    check = await anybody.get(f"/certificates/verify/{code}")
    assert (check["status"], check["recipient_name"]) == ("WITHDRAWN", None)

    async def has_every_answer() -> bool:
        with psycopg.connect(platform.settings["AUTH_DATABASE_URL"]) as auth:
            open_ones = "SELECT count(*) FROM erasures WHERE user_id = %s AND completed_at IS NULL"
            row = await asyncio.to_thread(auth.execute(open_ones, [person.id]).fetchone)
        return row == (0,)

    await eventually(has_every_answer, what="every service has answered", within=30)


async def test_a_service_that_was_down_obeys_within_ten_seconds_of_its_return(
    platform: Any, wire: Wire, admin: Person, make_person: Any
) -> None:
    suspended: Person = await make_person("Rohan Das")
    leaver: Person = await make_person("Meera Nair")
    reader: Person = await make_person()
    mark = new_key()[:8]
    await publish_post(leaver, f"Goodbye {mark}", "I am about to leave.")
    token = Client(wire, access_token=suspended.api.access_token)
    posts = f"/feed/users/{leaver.id}/posts"
    down = ("content-service-worker", "content-service")
    for name in down:
        platform.stop(name)
    try:
        await admin.api.post(f"/admin/users/{suspended.id}/suspend", WHY, expect=(200,))
        gone = await leaver.api.raw("DELETE", "/users/me")
        assert gone.status_code == 204
    finally:
        for name in down:
            platform.start(name)
    ports = [platform.settings[f"CONTENT_{name}"] for name in ("PORT", "WORKER_PORT")]

    async def is_back() -> bool:
        try:
            said = [await wire.http.get(f"http://127.0.0.1:{port}/ready") for port in ports]
        except httpx2.TransportError:
            return False
        return [one.json()["status"] for one in said] == ["ok", "ok"]

    await eventually(is_back, what="content-service is back")

    async def obeys() -> bool:
        refused = await token.raw("GET", "/interactions/bookmarks")
        page = await reader.api.get(posts)
        return refused.status_code == 401 and page["items"] == []

    await eventually(obeys, what="content-service knows of both", within=10)
