"""Amazon SNS by moto: whatever SMS is sent to it shows at `/moto-api/data.json`, under `sns`."""

import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from typing_extensions import override
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Silent(WSGIRequestHandler):
    @override
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Sns:
    """moto's server in a thread of its own; what it holds is gone with the process."""

    def __init__(self, host: str, port: int) -> None:
        application = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer = make_server(
            host, port, application, threaded=True, request_handler=_Silent
        )
        serving = self._server.serve_forever
        self._thread = threading.Thread(target=serving, name="sns", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections."""
        self._server.shutdown()
        self._server.server_close()
