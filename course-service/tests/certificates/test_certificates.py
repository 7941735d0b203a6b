"""One completion, one certificate, one PDF; anybody may check it."""

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import (
    CertificateIssued,
    CertificateRevoked,
    EnrollmentCompleted,
    LessonCompleted,
)
from course_service.certificates.models import Certificate
from course_service.certificates.pdf import Printer
from course_service.certificates.service import print_pending
from course_service.settings import Settings
from servicekit.sessions import Sessions
from servicekit.storage import new_storage
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

CERTIFICATES = "/api/v1/certificates"
PRINTED = (
    "course_title",
    "instructor_name",
    "certificate_number",
    "verification_url",
    "completed_at",
)
Client = httpx2.AsyncClient
Finish = Callable[..., Awaitable[str]]


@pytest.fixture
def finish(
    client: Client,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    hear: Any,
    registration: Any,
    catch_up: Any,
) -> Finish:
    """`finish(name="Ravi")`: the id of an enrollment that the learner has completed."""

    async def make(name: str | None = "Ravi Iyer", *, issue: bool = True, **fields: Any) -> str:
        await hear(registration(learner, name))
        school = await make_school("TEXT", **fields)
        seat: str = (await enroll(school, learner))["id"]
        path = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
        await client.post(path, json={"completed": True}, headers=learner.headers)
        await catch_up(LessonCompleted)
        if issue:
            await catch_up(EnrollmentCompleted)
        return seat

    return make


@pytest.fixture
def press(sessions: Sessions, settings: Settings) -> Callable[[], Awaitable[bool]]:
    """Print one certificate, as the worker does."""
    printer, storage = Printer("Docfliq", settings.fonts_dir), new_storage(settings)

    async def press() -> bool:
        return await print_pending(sessions, storage=storage, printer=printer)

    return press


async def test_a_completion_delivered_twice_issues_one_certificate(
    session: AsyncSession, finish: Finish, hear: Any, press: Any
) -> None:
    await finish()
    [completed] = await published(session, EnrollmentCompleted)
    assert await hear(completed) == [False]
    await hear(completed.model_copy(deep=True))
    again = EnrollmentCompleted(**completed.model_dump())
    assert await hear(again) == [True]
    [certificate] = await session.scalars(select(Certificate))
    assert certificate.certificate_number.startswith("DFQ-20")
    assert [await press(), await press()] == [True, False]
    assert len(await published(session, CertificateIssued)) == 1


async def test_two_presses_at_once_print_one_certificate(
    session: AsyncSession, finish: Finish, press: Any
) -> None:
    await finish()
    assert sorted(await asyncio.gather(press(), press())) == [False, True]
    assert len(await published(session, CertificateIssued)) == 1


async def test_the_pdf_is_the_same_bytes_each_time_and_names_what_it_proves(
    client: Client,
    session: AsyncSession,
    settings: Settings,
    learner: TestCaller,
    stranger: TestCaller,
    finish: Finish,
    press: Any,
) -> None:
    await finish("रवि अय्यर")
    [made] = (await client.get(f"{CERTIFICATES}/me", headers=learner.headers)).json()["items"]
    path = f"{CERTIFICATES}/{made['id']}/download"
    early = await client.get(path, headers=learner.headers)
    assert (early.status_code, early.json()["code"]) == (409, "certificate-not-ready")
    await press()
    pdf = await client.get(path, headers=learner.headers)
    assert pdf.headers["content-type"] == "application/pdf"
    row = await session.get_one(Certificate, made["id"])
    assert hashlib.sha256(pdf.content).hexdigest() == row.sha256
    printer = Printer("Docfliq", settings.fonts_dir)
    other = Certificate(**{name: getattr(row, name) for name in PRINTED})
    other.recipient_name = "Dr. क्षत्रिय ज्ञान محمد"
    assert printer.print(other) != pdf.content
    assert printer.print(row) == pdf.content
    document = pypdf.PdfReader(io.BytesIO(pdf.content))
    assert document.metadata is not None
    assert document.metadata.title == "Reading an ECG: रवि अय्यर"
    assert row.certificate_number in document.pages[0].extract_text()
    assert (await client.get(path, headers=stranger.headers)).status_code == 404
    assert (
        await client.get(f"{CERTIFICATES}/{made['id']}", headers=stranger.headers)
    ).status_code == 404


async def test_generating_answers_the_one_certificate(
    client: Client, learner: TestCaller, stranger: TestCaller, finish: Finish
) -> None:
    seat = await finish(issue=False)
    path = f"{CERTIFICATES}/enrollments/{seat}/generate"
    first = await client.post(path, headers=learner.headers)
    again = await client.post(path, json={"recipient_name": "X"}, headers=learner.headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["recipient_name"] == "Ravi Iyer"
    assert first.headers["location"] == f"{CERTIFICATES}/{first.json()['id']}"
    address = f"http://localhost:8000/verify/{first.json()['qr_code']}"
    assert first.json()["verification_url"] == address
    assert (await client.post(path, headers=stranger.headers)).status_code == 404


async def test_an_unfinished_course_gives_no_certificate(
    client: Client, learner: TestCaller, make_school: Any, enroll: Any
) -> None:
    seat = (await enroll(await make_school(), learner))["id"]
    path = f"{CERTIFICATES}/enrollments/{seat}/generate"
    refused = await client.post(path, headers=learner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-finished")
    assert refused.json()["progress_pct"] == 0


async def test_a_course_without_certificates_gives_none(
    client: Client, session: AsyncSession, learner: TestCaller, finish: Finish
) -> None:
    seat = await finish(certification_mode="NONE")
    path = f"{CERTIFICATES}/enrollments/{seat}/generate"
    refused = await client.post(path, headers=learner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-certificate-given")
    assert (await session.scalars(select(Certificate))).all() == []


async def test_a_certificate_waits_for_a_name(
    client: Client, learner: TestCaller, finish: Finish, press: Any
) -> None:
    seat = await finish(None)
    assert await press() is False
    path = f"{CERTIFICATES}/enrollments/{seat}/generate"
    named = await client.post(path, json={"recipient_name": "R. Iyer"}, headers=learner.headers)
    assert (named.status_code, named.json()["recipient_name"]) == (200, "R. Iyer")
    assert await press() is True


async def test_a_name_that_comes_later_is_printed_and_kept(
    session: AsyncSession,
    learner: TestCaller,
    finish: Finish,
    press: Any,
    hear: Any,
    registration: Any,
) -> None:
    await finish(None)
    await hear(registration(learner, "Ravi Iyer", version=2))
    assert await press() is True
    [certificate] = await session.scalars(select(Certificate))
    assert certificate.recipient_name == "Ravi Iyer"


async def test_anybody_may_check_by_code_or_number(
    client: Client, learner: TestCaller, finish: Finish
) -> None:
    await finish("<b>Ravi</b>")
    [made] = (await client.get(f"{CERTIFICATES}/me", headers=learner.headers)).json()["items"]
    for word in (made["qr_code"], made["certificate_number"]):
        check = await client.get(f"{CERTIFICATES}/verify/{word}")
        assert (check.status_code, check.json()["is_valid"]) == (200, True)
        assert check.json()["course_title"] == "Reading an ECG"
    for word in ("nonsense", "%00", "ñ"):
        check = await client.get(f"{CERTIFICATES}/verify/{word}")
        assert (check.status_code, check.json()["status"]) == (200, "UNKNOWN")
    page = await client.get(f"/verify/{made['qr_code']}")
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;Ravi&lt;/b&gt;" in page.text
    assert "not known" in (await client.get("/verify/nonsense")).text


async def test_a_revoked_certificate_says_so_everywhere(
    client: Client,
    session: AsyncSession,
    learner: TestCaller,
    make_caller: MakeCaller,
    finish: Finish,
    press: Any,
) -> None:
    await finish()
    await press()
    [made] = (await client.get(f"{CERTIFICATES}/me", headers=learner.headers)).json()["items"]
    path, admin = f"{CERTIFICATES}/{made['id']}", make_caller(Role.ADMIN)
    assert (await client.post(f"{path}/revoke", headers=learner.headers)).status_code == 403
    for _ in range(2):
        taken = await client.post(
            f"{path}/revoke", json={"reason": "A mistake"}, headers=admin.headers
        )
        assert (taken.status_code, taken.json()["status"]) == (200, "REVOKED")
    check = (await client.get(f"{CERTIFICATES}/verify/{made['qr_code']}")).json()
    assert (check["status"], check["is_valid"]) == ("REVOKED", False)
    assert "was revoked" in (await client.get(f"/verify/{made['qr_code']}")).text
    gone = await client.get(f"{path}/download", headers=learner.headers)
    assert (gone.status_code, gone.json()["code"]) == (409, "certificate-withdrawn")
    [event] = await published(session, CertificateRevoked)
    [issued] = await published(session, CertificateIssued)
    assert (event.reason, issued.version < event.version) == ("A mistake", True)
    assert event.revoked_by == admin.user_id
