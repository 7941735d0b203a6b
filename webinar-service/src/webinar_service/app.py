"""The API process of webinar-service."""

from fastapi import FastAPI

from servicekit.web.app import create_service_app
from webinar_service.registrations.router import router as registrations
from webinar_service.settings import Settings
from webinar_service.webinars.router import router as webinars


def create_app(settings: Settings | None = None) -> FastAPI:
    """Webinars and registrations over HTTP."""
    return create_service_app(
        settings or Settings(), routers=[webinars, registrations], title="Docfliq webinars"
    )
