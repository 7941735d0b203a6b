"""nginx of a stack: gateway/render.py writes its configuration from our settings."""

import hashlib
import subprocess

from engine import envfiles
from engine.ports import instance_port
from engine.programs import GATEWAY, PYTHON, Program
from engine.services import APIS
from engine.stack import ROOT, Refused, Stack, give_group, server_user, tool

_RENDER = ROOT / "gateway" / "render.py"
_NGINX_USER = "www-data"


def prepared_gateway(stack: Stack, *, scale: int) -> Program:
    """The gateway's program; its configuration and pages are written anew."""
    prefix = stack.home / "nginx"
    prefix.mkdir(parents=True, exist_ok=True)
    key = stack.home / "storage.key"
    envfiles.write_private(key, stack.settings["DOCFLIQ_STORAGE_SIGNING_KEY"])
    give_group(stack.home / "objects", server_user(_NGINX_USER))
    _render(
        stack, ["--prefix", str(prefix), "--storage-key-file", str(key), *_options(stack, scale)]
    )
    conf = prefix / "nginx.conf"
    rendered = b"".join(path.read_bytes() for path in (conf, prefix / "gateway.js", key))
    return Program(
        name=GATEWAY,
        command=(tool("nginx"), "-p", f"{prefix}/", "-c", str(conf), "-e", "stderr"),
        ports={name: stack.port(name) for name in ("DOCFLIQ_GATEWAY_PORT", "DOCFLIQ_RTMP_PORT")},
        environment={"DOCFLIQ_BUILD": hashlib.sha256(rendered).hexdigest()[:16]},
        folder=prefix,
        # Requests under way are finished.
        stop_signal="QUIT",
        stop_secs=8,
        ready_url=f"http://127.0.0.1:{stack.port('DOCFLIQ_GATEWAY_PORT')}/health",
    )


def _options(stack: Stack, scale: int) -> list[str]:
    environment = stack.environment
    user = server_user(_NGINX_USER)
    options = {
        "--listen": environment["DOCFLIQ_GATEWAY_PORT"],
        "--public-url": environment["DOCFLIQ_PUBLIC_URL"],
        "--storage-root": environment["DOCFLIQ_STORAGE_ROOT"],
        "--cors-origins": environment["CORS_ORIGINS"],
        "--rtmp-port": environment["DOCFLIQ_RTMP_PORT"],
        "--maintenance-file": str(stack.maintenance),
        # supervisord keeps the log and turns it over.
        "--access-log": "/dev/stdout",
        "--error-log": "stderr",
        "--rate": environment["DOCFLIQ_GATEWAY_RATE"],
        "--micro-cache": environment["DOCFLIQ_GATEWAY_MICRO_CACHE"],
        **({"--user": user} if user else {}),
    }
    words = [f"{name}={value}" for name, value in options.items()]
    for service in APIS:
        first = stack.port(f"{service.prefix}_PORT")
        ports = [instance_port(first, instance) for instance in range(1, scale + 1)]
        addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
        words.append(f"--upstream={service.prefix.lower()}={addresses}")
    for name, url in links(environment).items():
        words.append(f"--link={name}={url}")
    return words


def links(environment: dict[str, str]) -> dict[str, str]:
    """The pages of this platform that a person may want to open."""
    loopback = "http://127.0.0.1"
    return {
        "Mail sink": f"{loopback}:{environment['SANDBOX_MAIL_PORT']}",
        "Razorpay sandbox": f"{loopback}:{environment['SANDBOX_RAZORPAY_PORT']}",
        "FCM sandbox": f"{loopback}:{environment['SANDBOX_FCM_PORT']}",
        "RabbitMQ management": f"{loopback}:{environment['DOCFLIQ_MANAGEMENT_PORT']}",
    }


def _render(stack: Stack, options: list[str]) -> None:
    ended = subprocess.run(
        [str(PYTHON), str(_RENDER), *options],
        env=stack.subprocess_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Refused(f"gateway/render.py failed:\n{ended.stdout}{ended.stderr}")
