"""Starting and ending the platform: the order of things, told as it goes."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress

from groundwork.envfiles import SUPERUSER
from groundwork.services import APIS, SERVICES
from groundwork.waiting import Progress, Refused

from containers.compose import ROOT, Compose, demand_engine
from containers.settings import STACK, demand_ports, prepare, read_settings

_READY_SECS = 300
_STEP = re.compile(r"^#(\d+) \[(?!internal)([^]]+)\] (.*)")
_DONE = re.compile(r"^#(\d+) DONE (\d+\.\d)s")
_CAME = re.compile(r"^ *Container (\S+) +(Healthy|Exited|Started|Stopped|Removed)$")
# A step that took less is not worth a line.
_STEP_SECS = 2.0


def start(progress: Progress, *, scale: int | None, changes: dict[str, str]) -> None:
    """Start everything, or bring what runs up to date; returns when all of it is healthy."""
    demand_engine()
    compose = prepare(changes, progress)
    if not compose.containers():
        demand_ports()
    build(compose, progress)
    times = scale or int(read_settings().get("SCALE") or 1)
    words = ["--detach", "--wait", "--wait-timeout", str(_READY_SECS), "--remove-orphans"]
    ready: set[str] = set()
    try:
        for line in compose.follow("up", "--no-build", *words, *_scaled(times)):
            _tell(line, ready, progress)
    except Refused as refusal:
        raise Refused(f"{refusal}\n{_ends_of_logs(compose)}") from None
    compose.run("exec", "-T", "gateway", "rm", "-f", "/tmp/nginx/maintenance")  # noqa: S108 - in there


def _scaled(times: int) -> Iterator[str]:
    """Two of each: every API and worker."""
    short = [api.prefix.lower() for api in APIS]
    for name in (*(f"{one}-{kind}" for one in short for kind in ("api", "worker")), "media-worker"):
        yield from ("--scale", f"{name}={times}")


def _tell(line: str, ready: set[str], progress: Progress) -> None:
    """One line for each container that became ready; compose itself says it several times."""
    found = _CAME.match(line)
    if found is None or found[1] in ready or found[2] not in {"Healthy", "Exited"}:
        return
    ready.add(found[1])
    name = re.sub(r"^.*?-(?=[a-z]+(-[a-z]+)?-\d+$)", "", found[1]).removesuffix("-1")
    what = "tables and queues are up to date" if name.endswith("provision") else f"{name} is ready"
    progress.say(what)


def _ends_of_logs(compose: Compose) -> str:
    """The end of the log of each container that is not well."""
    ill = sorted({one.service for one in compose.containers() if not one.well})
    return compose.read("logs", "--no-color", "--tail", "30", *ill) if ill else ""


def build(compose: Compose, progress: Progress) -> None:
    """Build what changed; the steps that take time are told, and each new image's size."""
    before = compose.images()
    if not all(before.values()):
        progress.say("building the images; the first time takes some minutes")
    steps: dict[str, str] = {}
    with (STACK / "build.log").open("w") as log:
        for line in compose.follow("--progress", "plain", "build"):
            print(line, file=log)
            if step := _STEP.match(line):
                steps[step[1]] = " ".join(f"{step[2]}: {step[3]}".split())[:80]
            done = _DONE.match(line)
            if done and done[1] in steps and float(done[2]) >= _STEP_SECS:
                progress.say(f"{steps[done[1]]} ({done[2]} s)")
    fresh = [name for name, known in compose.images().items() if known != before[name]]
    for name in fresh:
        progress.say(f"built {name}, {_size(name)}")
    if not fresh:
        progress.say("every image is up to date")


def _size(image: str) -> str:
    asked = ["docker", "image", "inspect", "--format", "{{.Size}}", image]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)
    return f"{int(told.stdout) / 1e6:.0f} MB"


def stop(compose: Compose, progress: Progress, *, with_data: bool = False) -> None:
    """End everything, outside in; no container stays, and with the data no volume."""
    running = {one.service for one in compose.containers() if one.status == "running"}
    inner = {"postgres", "rabbitmq", "redis", "sandbox"}
    for name, batch in (("the gateway", {"gateway"}), ("services and workers", running - inner)):
        if batch & running:
            progress.say(f"stopping {name}")
            compose.read("stop", *sorted(batch & running))
    if running & inner:
        progress.say("stopping PostgreSQL, RabbitMQ, Redis and the sandbox")
    compose.read(
        "--profile", "*", "down", "--remove-orphans", *(["--volumes"] if with_data else [])
    )


def reset(compose: Compose, progress: Progress) -> bool:
    """Remove all data; whether the platform ran."""
    ran = any(one.status == "running" for one in compose.containers())
    stop(compose, progress, with_data=True)
    progress.say("the data are gone")
    return ran


def run_in_foreground(compose: Compose, name: str) -> int:
    """Run a service's API and worker here, reloading as their code changes."""
    known = {word: one for one in SERVICES for word in (one.name, one.prefix.lower(), one.package)}
    if name not in known:
        raise Refused(f"there is no service {name}")
    service = known[name]
    short = service.prefix.lower()
    wanted = [f"{short}-api", f"{short}-worker"] if service.has_api else ["media-worker"]
    reloading = Compose(compose.environment, (*compose.files, "docker-compose.dev.yml"))
    try:
        with suppress(KeyboardInterrupt):
            return reloading.run("up", "--build", "--no-deps", *wanted)
    finally:
        compose.run("up", "--detach", "--no-deps", *wanted)
    return 0


def addresses() -> str:
    """What is where, for the person who started it."""
    settings = read_settings()

    def at(name: str, default: int) -> str:
        return f"127.0.0.1:{settings.get(name) or default}"

    gateway = settings.get("DOCFLIQ_GATEWAY_PORT") or "8000"
    public = settings.get("DOCFLIQ_PUBLIC_URL") or f"http://localhost:{gateway}"
    places = {
        "gateway": public,
        "API reference": f"{public}/docs",
        "mail sink": f"http://{at('SANDBOX_MAIL_PORT', 8012)}",
        "Razorpay sandbox": f"http://{at('SANDBOX_RAZORPAY_PORT', 8010)}",
        "FCM sandbox": f"http://{at('SANDBOX_FCM_PORT', 8011)}",
        "OpenID provider": f"http://{at('SANDBOX_OIDC_PORT', 8013)}",
        "SNS (moto)": f"http://{at('SANDBOX_SNS_PORT', 8014)}/moto-api/",
        "RTMP ingest": f"rtmp://{at('DOCFLIQ_RTMP_PORT', 1935)}/live",
        "PostgreSQL": at("DOCFLIQ_POSTGRES_PORT", 8432),
        "RabbitMQ": at("DOCFLIQ_BROKER_PORT", 8672),
        "RabbitMQ management": f"http://{at('DOCFLIQ_MANAGEMENT_PORT', 8673)}",
        "Redis": at("DOCFLIQ_REDIS_PORT", 8379),
        "SMTP": at("SANDBOX_SMTP_PORT", 8015),
    }
    lines = [f"  {name:<20} {place}" for name, place in places.items()]
    return "\n".join(["", *lines, f"  user {SUPERUSER}; the passwords stand in {ROOT / '.env'}"])
