"""The API of notification-service."""

from fastapi import FastAPI

from notification_service.audit.router import router as audit
from notification_service.dead_letters.router import router as dead_letters
from notification_service.devices.router import router as devices
from notification_service.notifications.router import router as notifications
from notification_service.notifications.stream import listen
from notification_service.notifications.stream import router as stream
from notification_service.settings import Settings
from servicekit.web.app import create_service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Hot routes first: streams and lists of notifications."""
    app = create_service_app(
        settings or Settings(),
        routers=[stream, devices, notifications, dead_letters, audit],
        title="Notifications",
    )
    app.state.nudges = listen(app.state.hub)
    return app
