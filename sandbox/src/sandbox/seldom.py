"""Stand-ins that are large and seldom asked: loaded when somebody calls for the first time."""

import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

from typing_extensions import override


class SeldomAsked:
    """A WSGI application in a thread of its own; what it holds is gone with the process.

    `load` makes the application on the first call: each takes as much memory as all the rest.
    """

    def __init__(self, host: str, port: int, load: Callable[[], Any]) -> None:
        self._address, self._load = (host, port), load
        self._listening = socket.create_server(self._address)
        self._ending, self._end = socket.socketpair()
        self._server: Any = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=load.__module__, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections."""
        self._stopping.set()
        self._end.send(b"!")
        if self._server is not None:
            self._server.shutdown()
        self._thread.join()
        if self._server is not None:
            self._server.server_close()
        for one in (self._listening, self._ending, self._end):
            one.close()

    def _serve(self) -> None:
        if not self._is_called():
            return
        from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

        class Silent(WSGIRequestHandler):
            @override
            def log_request(self, *_: object) -> None:
                """Say nothing."""

        self._server = make_server(
            *self._address,
            self._load(),
            threaded=True,
            request_handler=Silent,
            fd=self._listening.fileno(),
        )
        if not self._stopping.is_set():
            self._server.serve_forever()

    def _is_called(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._ending, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select()]
        return self._ending not in ready
