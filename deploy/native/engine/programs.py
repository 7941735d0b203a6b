"""Every program of a stack, as supervisord is told to run it."""

import hashlib
import resource
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from groundwork import envfiles
from groundwork.ports import instance_port
from groundwork.services import APIS, SERVICES, Service

from engine.stack import ROOT, Stack

PYTHON = ROOT / ".stack" / "venv" / "bin" / "python"
SERVERS = ("epmd", "postgres", "redis", "rabbitmq")
GATEWAY = "nginx"


@dataclass(frozen=True)
class Program:
    """A supervised process. `ports` maps the setting of each port it opens to the port."""

    name: str
    command: Sequence[str]
    ports: Mapping[str, int]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = ROOT
    user: str | None = None
    stop_signal: str = "TERM"
    stop_secs: int = 25
    # What must answer 200 before the program counts as ready; without it, its ports must be open.
    ready_url: str | None = None

    def section(self, stack: Stack) -> str:
        """This program's part of supervisord's configuration."""
        environment = ",".join(
            f'{name}="{_literal(value)}"' for name, value in sorted(self.environment.items())
        )
        user = f"user={self.user}\n" if self.user else ""
        return (
            f"[program:{self.name}]\n"
            f"command={_literal(shlex.join(self.command))}\n"
            f"directory={_literal(str(self.folder))}\n"
            f"environment={environment}\n"
            f"{user}"
            "autostart=false\nautorestart=true\nstartsecs=2\nstartretries=1000000\n"
            f"stopsignal={self.stop_signal}\nstopwaitsecs={self.stop_secs}\nkillasgroup=true\n"
            f"redirect_stderr=true\nstdout_logfile={_literal(str(stack.log / self.name))}.log\n"
            "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=3\n"
        )


def _literal(text: str) -> str:
    """Text that supervisord's configuration takes as it stands."""
    return text.replace("%", "%%")


def sandbox(stack: Stack) -> Program:
    """The stand-ins for Razorpay, FCM, mail, OpenID and SNS, in one process."""
    stand_ins = ("RAZORPAY", "FCM", "MAIL", "OIDC", "SNS", "SMTP")
    names = [f"SANDBOX_{name}_PORT" for name in stand_ins]
    env_file = stack.home / "env" / "sandbox.env"
    return Program(
        name="sandbox",
        command=(str(PYTHON), "-m", "sandbox"),
        ports={name: stack.port(name) for name in names},
        environment={
            "DOCFLIQ_ENV_FILE": str(env_file),
            "DOCFLIQ_BUILD": build_of(["sandbox"], env_file),
        },
    )


def api(stack: Stack, service: Service, instance: int = 1) -> Program:
    """One API process of a service."""
    setting = f"{service.prefix}_PORT"
    port = instance_port(stack.port(setting), instance)
    listen = ("--host", "127.0.0.1", "--port", str(port))
    # Longer than the gateway keeps idle connections, so that it never sends into a closing one;
    # streams (SSE) end when the grace is over.
    patience = ("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "10")
    quiet = ("--no-server-header", "--no-access-log")
    app = f"{service.package}.app:create_app"
    return Program(
        name=_numbered(service.name, instance),
        command=(str(PYTHON), "-m", "uvicorn", app, "--factory", *listen, *patience, *quiet),
        ports={setting: port},
        environment=_service_environment(stack, service, instance),
        ready_url=f"http://127.0.0.1:{port}/ready",
    )


def worker(stack: Stack, service: Service, instance: int = 1) -> Program:
    """One worker process of a service."""
    setting = f"{service.prefix}_WORKER_PORT"
    port = instance_port(stack.port(setting), instance)
    name = service.name if service.name.endswith("worker") else f"{service.name}-worker"
    return Program(
        name=_numbered(name, instance),
        command=(str(PYTHON), "-m", f"{service.package}.worker"),
        ports={setting: port},
        environment={**_service_environment(stack, service, instance), setting: str(port)},
        ready_url=f"http://127.0.0.1:{port}/health",
    )


def _numbered(name: str, instance: int) -> str:
    return name if instance == 1 else f"{name}-{instance}"


def _service_environment(stack: Stack, service: Service, instance: int) -> dict[str, str]:
    env_file = stack.home / "env" / f"{service.name}.env"
    return {
        "DOCFLIQ_ENV_FILE": str(env_file),
        "DOCFLIQ_INSTANCE": str(instance),
        "DOCFLIQ_BUILD": build_of([service.name, "servicekit", "contracts"], env_file),
    }


def build_of(folders: Sequence[str], *files: Path) -> str:
    """A short hash of the code and settings that a program runs: another one means restart it."""
    digest = hashlib.sha256()
    sources = (
        path for folder in folders for path in (ROOT / folder / "src").rglob("*") if path.is_file()
    )
    for path in sorted(sources):
        if "__pycache__" not in path.parts:
            state = path.stat()
            digest.update(f"{path} {state.st_mtime_ns} {state.st_size}\n".encode())
    for file in (ROOT / "uv.lock", *files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def services(stack: Stack, *, scale: int, only: frozenset[str]) -> Iterator[Program]:
    """The sandbox, then every API and worker as often as `scale` says; `only` picks by folder."""
    if not only or "sandbox" in only:
        yield sandbox(stack)
    for instance in range(1, scale + 1):
        yield from (api(stack, each, instance) for each in APIS if not only or each.name in only)
        yield from (
            worker(stack, each, instance) for each in SERVICES if not only or each.name in only
        )


def _open_files() -> int:
    """As many open files as the machine lets us have, within reason: the broker wants many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 16384 if most == resource.RLIM_INFINITY else min(16384, most - 1)


def configuration(stack: Stack, programs: Sequence[Program]) -> str:
    """The whole configuration of supervisord: it listens on loopback and wants a password."""
    password = _literal(stack.settings["DOCFLIQ_SUPERVISOR_PASSWORD"])
    login = f"username={envfiles.SUPERUSER}\npassword={password}\n"
    user = "user=root\n" if any(program.user for program in programs) else ""
    head = (
        "[supervisord]\n"
        f"logfile={_literal(str(stack.log))}/supervisord.log\nlogfile_maxbytes=10MB\nlogfile_backups=3\n"
        f"pidfile={_literal(str(stack.home))}/supervisord.pid\nidentifier=docfliq\nminfds={_open_files()}\n"
        f"directory={_literal(str(stack.home))}\numask=022\n{user}"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        f"[inet_http_server]\nport=127.0.0.1:{stack.port('DOCFLIQ_SUPERVISOR_PORT')}\n{login}"
    )
    return "\n".join([head, *(program.section(stack) for program in programs)])
