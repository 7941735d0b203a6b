"""Starting and ending a stack: the order of things."""

import fcntl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from groundwork.envfiles import SUPERUSER
from groundwork.fcm import make_service_account
from groundwork.ports import DEFAULTS, SERVER_PORTS
from groundwork.waiting import Progress, Refused, wait_for

from engine import programs
from engine.gateway import prepared_gateway
from engine.memory import give_back, keep_in_memory, remove_folder
from engine.processes import end_processes, find_processes
from engine.programs import Program
from engine.provisioning import (
    migrate,
    provision_broker,
    provision_databases,
    seal_audit_trail,
    wait_for_broker,
)
from engine.servers import prepared_servers
from engine.stack import Stack, demand_ports, prepare
from engine.supervisor import Supervisor
from engine.waiting import is_open, wait_ready

_READY_SECS = 120
_DATA = ("postgres", "rabbitmq", "redis", "objects", "sandbox", "nginx")


@dataclass(frozen=True)
class Wish:
    """What to start: how often each program (None: as SCALE says), which folders only."""

    scale: int | None = None
    only: frozenset[str] = frozenset()
    # Settings to write down first.
    changes: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def locked(stack: Stack) -> Iterator[None]:
    """One start or stop at a time in a stack; a second one waits."""
    stack.home.mkdir(parents=True, exist_ok=True)
    with (stack.home / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def start_servers(
    stack: Stack,
    progress: Progress,
    *,
    only: frozenset[str] = frozenset(),
    empty: bool = False,
    in_memory: bool = False,
) -> Supervisor:
    """Start PostgreSQL, RabbitMQ and Redis, or those in `only`; wait until they answer.

    With `empty`, servers that do not run yet begin without what an earlier run left in them; with
    `in_memory` too, databases then are kept in memory, where there is room.
    """
    prepare(stack)
    if empty and not stack.main and not Supervisor(stack).answers():
        stop(stack, progress)
        remove_data(stack)
        if in_memory:
            keep_in_memory(stack.home / "postgres")
        prepare(stack)
    supervisor = _supervised(stack, progress, None, only)
    servers = [program for program in prepared_servers(stack) if not only or program.name in only]
    wait_ready(stack, [each for each in servers if each.name != "rabbitmq"], progress, within=60)
    if not only or "rabbitmq" in only:
        wait_for_broker(stack)
        progress.say("rabbitmq is ready")
    return supervisor


def start_platform(stack: Stack, wish: Wish, progress: Progress) -> list[Program]:
    """Start everything, or bring what runs up to date; returns the programs, all ready."""
    prepare(stack, wish.changes)
    scale = wish.scale or int(stack.settings.get("SCALE") or 1)
    wish = Wish(scale, wish.only, wish.changes)
    supervisor = _supervised(stack, progress, wish)
    with ThreadPoolExecutor() as pool:
        broker = pool.submit(provision_broker, stack)
        provision_databases(stack)
        progress.say("databases are there")
        migrate(stack, wish.only)
        seal_audit_trail(stack)
        progress.say("tables are up to date")
        broker.result()
        progress.say("the broker has its definitions")

    fcm_url = f"http://127.0.0.1:{stack.port('SANDBOX_FCM_PORT')}"
    make_service_account(stack.home / "fcm.json", fcm_url=fcm_url)
    stack.maintenance.unlink(missing_ok=True)
    wanted = _platform_programs(stack, wish)
    fresh = supervisor.apply(wanted)
    progress.say(f"starting {len(fresh)} programs" if fresh else "every program runs already")

    def crashing() -> set[str]:
        return {state.name for state in supervisor.states() if state.status == "BACKOFF"}

    wait_ready(stack, wanted, progress, within=_READY_SECS, crashing=crashing)
    return wanted


def stop(stack: Stack, progress: Progress) -> None:
    """End everything of the stack, outside in, and what no supervisor knows any more."""
    if stack.settings_file.exists() and (supervisor := Supervisor(stack)).answers():
        running = {state.name for state in supervisor.states() if state.alive}
        for name, batch in _stop_order(running):
            if batch:
                progress.say(f"stopping {name}")
                supervisor.stop(batch)
        supervisor.shutdown()
        wait_for(lambda: not supervisor.answers(), within=20, what="supervisord still answers")
        wait_for(lambda: not _supervisord_runs(stack), within=20, what="supervisord still runs")
    for orphan in end_processes(stack.home):
        progress.say(f"ended {orphan.pid} {orphan.command}")
    if left := find_processes(stack.home):
        raise Refused("still running: " + ", ".join(f"{each.pid} {each.command}" for each in left))


def stop_servers(stack: Stack, progress: Progress) -> None:
    """End the servers of tests, and give back the memory that their databases took."""
    stop(stack, progress)
    give_back(stack.home / "postgres")


def remove_data(stack: Stack) -> None:
    """Delete what the servers and services keep; settings, logs and backups stay."""
    for name in _DATA:
        remove_folder(stack.home / name)


def _supervisord_runs(stack: Stack) -> bool:
    return any("supervisord" in each.command for each in find_processes(stack.home))


def _stop_order(running: set[str]) -> list[tuple[str, list[str]]]:
    """First nobody comes in, then nothing works on, then nothing is stored."""
    outer, inner = {programs.GATEWAY}, {*programs.SERVERS, "sandbox"}
    return [
        ("the gateway", sorted(running & outer)),
        ("services and workers", sorted(running - outer - inner)),
        ("sandbox, RabbitMQ, Redis", sorted(running & {"sandbox", "rabbitmq", "redis"})),
        ("PostgreSQL", sorted(running & {"postgres", "epmd"})),
    ]


def _platform_programs(stack: Stack, wish: Wish) -> list[Program]:
    wanted = list(programs.services(stack, scale=wish.scale or 1, only=wish.only))
    if not wish.only or "gateway" in wish.only:
        wanted.append(prepared_gateway(stack, scale=wish.scale or 1))
    return wanted


def _supervised(
    stack: Stack, progress: Progress, wish: Wish | None, only: frozenset[str] = frozenset()
) -> Supervisor:
    """A supervisord that has started the servers; with a wish, it knows all other programs."""
    supervisor = Supervisor(stack)
    running = supervisor.answers()
    if not running:
        for orphan in end_processes(stack.home):
            progress.say(f"ended what an earlier start left: {orphan.pid} {orphan.command}")
        demand_ports(stack, _wanted_ports(stack, wish))
        supervisor = Supervisor(stack)  # the ports of a test stack may have moved
        progress.say("starting PostgreSQL, RabbitMQ and Redis")

    servers = prepared_servers(stack)
    if wish is not None or not running:
        supervisor.configure([*servers, *(_platform_programs(stack, wish) if wish else [])])
    if not running:
        supervisor.start()
    first = [each for each in servers if not only or each.name in only]
    supervisor.apply([each for each in first if each.name != "rabbitmq"], forget=False)
    if not only or "rabbitmq" in only:
        # The port mapper first: a broker that finds none starts its own, which would outlive it.
        mapper = stack.port("DOCFLIQ_EPMD_PORT")
        wait_for(lambda: is_open(mapper), within=20, what="epmd does not answer")
        supervisor.apply([each for each in first if each.name == "rabbitmq"], forget=False)
    return supervisor


def _wanted_ports(stack: Stack, wish: Wish | None) -> dict[str, int]:
    """Every port that the start will open, by its setting."""
    if wish is None:
        return {name: stack.port(name) for name in SERVER_PORTS}
    ports = {name: stack.port(name) for name in DEFAULTS}
    for program in programs.services(stack, scale=wish.scale or 1, only=wish.only):
        ports |= {f"{name} of {program.name}": port for name, port in program.ports.items()}
    return ports


def addresses(stack: Stack) -> str:
    """What is where, for the person who started it."""
    environment = stack.environment
    places = {
        "gateway": environment["DOCFLIQ_PUBLIC_URL"],
        "API reference": f"{environment['DOCFLIQ_PUBLIC_URL']}/docs",
        "mail sink": f"http://127.0.0.1:{environment['SANDBOX_MAIL_PORT']}",
        "Razorpay sandbox": f"http://127.0.0.1:{environment['SANDBOX_RAZORPAY_PORT']}",
        "FCM sandbox": f"http://127.0.0.1:{environment['SANDBOX_FCM_PORT']}",
        "OpenID provider": f"http://127.0.0.1:{environment['SANDBOX_OIDC_PORT']}",
        "SNS (moto)": f"http://127.0.0.1:{environment['SANDBOX_SNS_PORT']}/moto-api/",
        "RTMP ingest": f"rtmp://127.0.0.1:{environment['DOCFLIQ_RTMP_PORT']}/live",
        "PostgreSQL": f"127.0.0.1:{environment['DOCFLIQ_POSTGRES_PORT']}",
        "RabbitMQ": f"127.0.0.1:{environment['DOCFLIQ_BROKER_PORT']}",
        "RabbitMQ management": f"http://127.0.0.1:{environment['DOCFLIQ_MANAGEMENT_PORT']}",
        "Redis": f"127.0.0.1:{environment['DOCFLIQ_REDIS_PORT']}",
        "SMTP": f"127.0.0.1:{environment['SANDBOX_SMTP_PORT']}",
        "supervisor": f"http://127.0.0.1:{environment['DOCFLIQ_SUPERVISOR_PORT']}",
    }
    lines = [f"  {name:<20} {place}" for name, place in places.items()]
    note = f"  user {SUPERUSER}; the passwords stand in {stack.settings_file}"
    return "\n".join(["", *lines, note])
