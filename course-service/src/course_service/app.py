"""The API process of course-service."""

from fastapi import FastAPI

from course_service.assessment.router import router as assessment
from course_service.certificates.router import router as certificates
from course_service.courses.router import router as courses
from course_service.enrollments.router import router as enrollments
from course_service.lessons.router import router as lessons
from course_service.player.router import router as player
from course_service.settings import Settings
from course_service.verification.router import public_router as certificate_page
from course_service.verification.router import router as verification
from servicekit.web.app import create_service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Routers, hot ones first; the certificates' public page stands at the root."""
    app = create_service_app(
        settings or Settings(),
        routers=[player, courses, enrollments, assessment, lessons, certificates, verification],
        title="course-service",
    )
    app.include_router(certificate_page)
    return app
