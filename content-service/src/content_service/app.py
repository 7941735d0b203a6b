"""The API process of content-service: `uvicorn content_service.app:create_app --factory`."""

from fastapi import FastAPI

from content_service.media import files
from content_service.media import router as media
from content_service.settings import Settings
from servicekit.web.app import create_service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; hot routers come first."""
    return create_service_app(
        settings or Settings(),
        routers=[media.router, files.router],
        title="Docfliq content",
    )
