"""A real nginx with the rendered configuration, before six services that repeat what they got."""

import contextlib
import http.server
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from typing_extensions import override

from servicekit.problems import known_problems
from servicekit.storage.local import LocalStorage

RENDER = Path(__file__).resolve().parents[1] / "render.py"
SERVICES = ("auth", "content", "course", "webinar", "payment", "notification")
KEY = "a signing key of tests"


class Service(http.server.ThreadingHTTPServer):
    """One upstream: repeats what it was asked, and keeps count."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Repeating)
        self.name = name
        self.asked: list[str] = []
        self.connections = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)


class Repeating(http.server.BaseHTTPRequestHandler):
    """Answers with the request as JSON, streams on …/stream, speaks through sockets on Upgrade."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        service = cast("Service", self.server)
        service.asked.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Upgrade") == "websocket":
            self.talk()
        elif "/stream" in self.path:
            self.stream()
        elif "hang-up" in self.path:
            self.close_connection = True
        else:
            self.repeat(service, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 (names that http.server looks for)

    def repeat(self, service: Service, body: bytes) -> None:
        told = {
            "service": service.name,
            "port": service.server_port,
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body_bytes": len(body),
            "count": len(service.asked),
            "filler": "x" * 2000,
        }
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"7"')
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Powered-By", "tests")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"data: first\n\n")
            self.wfile.flush()
            time.sleep(3)
            self.wfile.write(b"data: second\n\n")
        self.close_connection = True

    def talk(self) -> None:
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.wfile.write(self.rfile.read(5).upper())
        self.close_connection = True

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Gateway:
    """A running nginx and what stands around it."""

    port: int
    home: Path
    process: subprocess.Popen[bytes]
    services: dict[str, Service]
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx2.Client(base_url=self.url, timeout=10)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def objects(self) -> Path:
        return self.home / "objects"

    @property
    def storage(self) -> LocalStorage:
        """The signer that services use, so that both sides are held to the same links."""
        return LocalStorage(root=str(self.objects), public_url=self.url, signing_key=KEY)

    def put(self, key: str, content: bytes) -> None:
        path = self.objects / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def log(self) -> list[dict[str, str]]:
        """The access log, once the buffer was flushed."""
        time.sleep(1.3)
        return [
            json.loads(line) for line in (self.home / "log/access.log").read_text().splitlines()
        ]

    def raw(self, request: bytes) -> bytes:
        """Bytes out, bytes in, until the gateway closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := connection.recv(65536):
                    answer += chunk
            return answer


MakeGateway = Callable[..., Gateway]


def free_port() -> int:
    """A port below those of outgoing connections."""
    while True:
        port = random.randint(20000, 32000)  # noqa: S311 (no secret)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def started(home: Path, services: dict[str, Service], options: dict[str, str]) -> Gateway:
    """Render, start, and wait until it answers."""
    port = free_port()
    (home / "objects").mkdir(mode=0o755, exist_ok=True)
    (home / "key").write_text(KEY)
    (home / "problems.json").write_text(json.dumps(known_problems()))
    given = {
        "prefix": str(home / "nginx"),
        "listen": f"127.0.0.1:{port}",
        "storage-root": str(home / "objects"),
        "storage-key-file": str(home / "key"),
        "log-dir": str(home / "log"),
        "problems": str(home / "problems.json"),
        "rate": "0",
        "workers": "1",
        **{name: value for name, value in options.items() if name not in services},
    }
    arguments = [word for name, value in given.items() for word in (f"--{name}", value)]
    for name, service in services.items():
        arguments += ["--upstream", options.get(name) or f"{name}={service.address}"]
    subprocess.run([sys.executable, str(RENDER), *arguments], check=True, cwd=home, env={})  # noqa: S603 (our own script)
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin") or "nginx"
    command = [nginx, "-p", f"{home}/nginx/", "-c", f"{home}/nginx/nginx.conf", "-e", "stderr"]
    process = subprocess.Popen([*command, "-g", "daemon off;"])  # noqa: S603 (our own nginx)
    gateway = Gateway(port=port, home=home, process=process, services=services)
    for _ in range(200):
        with contextlib.suppress(httpx2.TransportError):
            if gateway.client.get("/health").status_code == 200:
                return gateway
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError("nginx does not answer")


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, Service]]:
    """One upstream for each service."""
    running = {name: Service(name) for name in SERVICES}
    for service in running.values():
        threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True).start()
    yield running
    for service in running.values():
        service.shutdown()
        service.server_close()


@pytest.fixture(scope="session")
def make_gateway(services: dict[str, Service]) -> Iterator[MakeGateway]:
    """Starts a gateway of its own with the options given."""
    running: list[Gateway] = []

    def make(**options: str) -> Gateway:
        home = Path(tempfile.mkdtemp(prefix="docfliq-gateway-"))
        home.chmod(0o755)
        named = {name.replace("_", "-"): value for name, value in options.items()}
        running.append(started(home, services, named))
        return running[-1]

    yield make
    for gateway in running:
        gateway.client.close()
        gateway.process.terminate()
        gateway.process.wait(timeout=10)
        shutil.rmtree(gateway.home)


@pytest.fixture(scope="session")
def gateway(make_gateway: MakeGateway) -> Gateway:
    """The gateway with its defaults, but without limits per address and without copies."""
    return make_gateway(micro_cache="off", link="Mail sink=http://localhost:8012/")
