"""nginx of a stack: gateway/render.py writes its configuration from our settings."""

import hashlib
import subprocess
from pathlib import Path

from groundwork.waiting import Refused

from engine.programs import GATEWAY, PYTHON, Program
from engine.stack import ROOT, Stack, give_group, server_user, tool

_RENDERED = ("nginx.conf", "gateway.js", "links.json", "problems.json")


def prepared_gateway(stack: Stack, *, scale: int) -> Program:
    """The gateway's program; its configuration and pages are written anew."""
    prefix = stack.home / "nginx"
    prefix.mkdir(parents=True, exist_ok=True)
    # nginx serves the files itself; other users of this machine have no business there.
    give_group(stack.home / "objects", server_user("www-data"))
    conf = prefix / "nginx.conf"
    _render(stack, conf, scale)
    return Program(
        name=GATEWAY,
        command=(
            *(str(PYTHON), str(ROOT / "deploy" / "native" / "launch_nginx.py"), str(stack.home)),
            *(tool("nginx"), "-p", f"{prefix}/", "-c", str(conf)),
            *("-e", "stderr", "-g", "daemon off;"),
        ),
        ports={name: stack.port(name) for name in ("DOCFLIQ_GATEWAY_PORT", "DOCFLIQ_RTMP_PORT")},
        environment={"DOCFLIQ_BUILD": _build(prefix)},
        folder=prefix,
        # Requests under way are finished.
        stop_signal="QUIT",
        stop_secs=5,
        ready_url=f"http://127.0.0.1:{stack.port('DOCFLIQ_GATEWAY_PORT')}/health",
    )


def _render(stack: Stack, conf: Path, scale: int) -> None:
    script = ROOT / "gateway" / "render.py"
    ended = subprocess.run(
        [str(PYTHON), str(script), "--out", str(conf), "--scale", str(scale)],
        env=stack.subprocess_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Refused(f"gateway/render.py failed:\n{ended.stdout}{ended.stderr}")


def _build(prefix: Path) -> str:
    """Another one than that of the running nginx means: restart it."""
    digest = hashlib.sha256()
    for name in _RENDERED:
        if (prefix / name).exists():
            digest.update((prefix / name).read_bytes())
    return digest.hexdigest()[:16]
