"""A course from its draft to the certificate of whoever finished it."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import CertificateIssued, EnrollmentCompleted
from course_service.certificates.models import Certificate
from course_service.certificates.pdf import Printer
from course_service.certificates.service import print_pending
from course_service.settings import Settings
from servicekit.sessions import Sessions
from servicekit.storage import new_storage
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published


async def test_whoever_pays_reads_watches_and_passes_gets_one_certificate(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    sessions: Sessions,
    settings: Settings,
    learner: TestCaller,
    make_school: Any,
    hear: Any,
    grant: Any,
    registration: Any,
    catch_up: Callable[[], Awaitable[None]],
) -> None:
    school = await make_school("TEXT", "QUIZ", pricing_type="PAID", price="499.00")
    path, me = f"/api/v1/lms/courses/{school.course_id}", learner.headers
    refused = await client.post(f"{path}/enroll", headers=me)
    assert (refused.status_code, refused.json()["amount"]) == (402, "499.00")

    await hear(registration(learner, "Ravi Iyer"))
    await hear(grant(school, learner))
    text, quiz = school.lessons["TEXT"], school.quiz_id
    await client.post(f"/api/v1/lms/lessons/{text}/progress", json={"completed": True}, headers=me)
    passed = await client.post(
        f"/api/v1/assessment/quizzes/{quiz}/attempt", json={"answers": [1]}, headers=me
    )
    assert passed.json()["passed"] is True
    await catch_up()

    [enrollment] = (await client.get("/api/v1/lms/enrollments/me", headers=me)).json()["items"]
    assert (enrollment["status"], enrollment["progress_pct"]) == ("COMPLETED", 100)
    assert len(await published(session, EnrollmentCompleted)) == 1
    printer, storage = Printer("Docfliq", settings.fonts_dir), new_storage(settings)
    assert await print_pending(sessions, storage=storage, printer=printer) is True
    assert await print_pending(sessions, storage=storage, printer=printer) is False

    [made] = (await client.get("/api/v1/certificates/me", headers=me)).json()["items"]
    pdf = await client.get(f"/api/v1/certificates/{made['id']}/download", headers=me)
    stored = await session.get_one(Certificate, made["id"])
    assert hashlib.sha256(pdf.content).hexdigest() == stored.sha256
    [issued] = await published(session, CertificateIssued)
    assert issued.verification_url == made["verification_url"]
    check = await client.get(f"/api/v1/certificates/verify/{made['qr_code']}")
    assert (check.json()["status"], check.json()["recipient_name"]) == ("VALID", "Ravi Iyer")
    page = await client.get(f"/verify/{made['qr_code']}")
    assert "Ravi Iyer" in page.text
