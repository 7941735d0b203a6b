"""The API process of content-service: `uvicorn content_service.app:create_app --factory`."""

from fastapi import FastAPI

from content_service.channels import router as channels
from content_service.feed import router as feed
from content_service.files import router as files
from content_service.intake import router as intake
from content_service.interactions import router as interactions
from content_service.media import router as media
from content_service.posts import router as posts
from content_service.search import router as search
from content_service.settings import Settings
from servicekit.web.app import create_service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; hot routers come first."""
    return create_service_app(
        settings or Settings(),
        routers=[
            feed.router,
            posts.router,
            interactions.router,
            search.router,
            media.router,
            intake.router,
            files.router,
            channels.router,
        ],
        title="Docfliq content",
        lanes={**feed.LANES, **posts.LANES},
    )
