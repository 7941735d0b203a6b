"""Amazon SNS by moto: whatever SMS is sent to it shows at `/moto-api/data.json`, under `sns`."""

from typing import Any


def load() -> Any:
    """moto's server, as a WSGI application."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  (see sandbox.seldom)
        DomainDispatcherApplication,
        create_backend_app,
    )

    return DomainDispatcherApplication(create_backend_app)
