"""PostgreSQL, RabbitMQ and Redis for tests, in containers of the images that compose names."""

import gc
import os
import re
import secrets
import socket
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from docker.errors import APIError, DockerException
from ruamel.yaml import YAML
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.wait_strategies import ExecWaitStrategy, LogMessageWaitStrategy
from testcontainers.core.waiting_utils import WaitStrategy

from servicekit.testing.servers import ALL_SERVERS, Servers, ServersRefused, root_of_checkout

USER = "docfliq_admin"
# Which process of which machine started a container.
OWNER = "docfliq.tests.owner"
POLL_SECS = 0.2
ELSEWHERE = "with TEST_ENGINE=native the tests use servers without containers"
# As the native test servers have them: safety against power cuts is given up for speed.
POSTGRES_SETTINGS = {
    "max_connections": "400",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "fsync": "off",
    "full_page_writes": "off",
    "authentication_timeout": "3s",
}
REDIS_OPTIONS = "--save '' --appendonly no --maxmemory 256mb --maxmemory-policy allkeys-lru"
# Queue depths are at most a second old; what a later RabbitMQ will refuse is refused already.
RABBITMQ_CONF = b"""
collect_statistics_interval = 1000
deprecated_features.permit.transient_nonexcl_queues = false
deprecated_features.permit.global_qos = false
deprecated_features.permit.queue_master_locator = false
"""
IN_BRACES = re.compile(r"\$\{(?P<name>\w+):?-(?P<default>[^}]*)\}")


@dataclass(frozen=True)
class Recipe:
    """How one server is started, and where it is reached: a port and a form for each address."""

    service: str
    ready: WaitStrategy
    addresses: Mapping[str, tuple[int, str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    command: str | list[str] = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    # Folders in memory: cloning databases and dropping them again wears a disk's file system.
    tmpfs: Mapping[str, str] = field(default_factory=dict)


def engine_answers() -> bool:
    """Whether a Docker engine is there and lets us speak with it."""
    with warnings.catch_warnings():
        # Its client leaves the socket of a vain attempt to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        answers = _ping()
        gc.collect()
    return answers


def _ping() -> bool:
    try:
        client = DockerClient(timeout=5).client
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


def image_of(service: str) -> str:
    """The image that docker-compose.yml gives to a service: it is raised there and nowhere else."""
    compose = YAML(typ="safe").load(root_of_checkout() / "docker-compose.yml")
    image: str = compose["services"][service]["image"]
    variables = os.environ  # noqa: TID251  (compose's own, which no service reads)
    return IN_BRACES.sub(lambda found: variables.get(found["name"]) or found["default"], image)


@contextmanager
def container_servers(only: frozenset[str] = ALL_SERVERS) -> Iterator[Servers]:
    """Start containers; yields their addresses, empty for those not in `only`; removes them.

    Raises ServersRefused if the engine cannot start them.
    """
    if not engine_answers():
        raise ServersRefused(f"no Docker engine answers; {ELSEWHERE}")
    # The reaper would be one more image: what a killed run left, the next one removes.
    testcontainers_config.ryuk_disabled = True
    remove_abandoned()
    recipes = _recipes(secrets.token_hex(16))
    wanted = [recipe for recipe in recipes if recipe.service in only]
    with ExitStack() as running:
        with ThreadPoolExecutor() as pool:
            started = [pool.submit(_start, recipe, running) for recipe in wanted]
            # Waited for here: whoever interrupts this still waits for those that are half started.
            found = {name: url for one in started for name, url in one.result().items()}
        yield Servers.of({name: found.get(name, "") for each in recipes for name in each.addresses})


def remove_abandoned() -> None:
    """Remove the containers of tests of this machine that were killed before they could."""
    client = DockerClient().client
    try:
        for container in client.containers.list(all=True, filters={"label": OWNER}):
            machine, _, pid = container.labels[OWNER].rpartition(":")
            if machine == socket.gethostname() and not _lives(int(pid)):
                # Another run may be removing it too.
                with suppress(APIError):
                    container.remove(force=True, v=True)
    finally:
        client.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start(recipe: Recipe, running: ExitStack) -> dict[str, str]:
    """Start one; it is removed when `running` ends. The addresses of its ports."""
    container = DockerContainer(image_of(recipe.service))
    container.with_envs(**recipe.environment)
    container.with_exposed_ports(*(port for port, _ in recipe.addresses.values()))
    owner = f"{socket.gethostname()}:{os.getpid()}"
    # Queries that PostgreSQL runs in parallel want more shared memory than Docker gives unasked.
    container.with_kwargs(labels={OWNER: owner}, init=True, shm_size="256m")
    for folder, size in recipe.tmpfs.items():
        container.with_tmpfs_mount(folder, size)
    if recipe.command:
        container.with_command(recipe.command)
    for path, content in recipe.files.items():
        container.with_copy_into_container(content, path)
    container.waiting_for(recipe.ready.with_poll_interval(POLL_SECS))
    try:
        running.enter_context(container)
    except DockerException as failure:
        raise ServersRefused(
            f"the Docker engine did not start {container.image}: {failure}\n{ELSEWHERE}"
        ) from failure
    return {
        name: form.format(_place(container, port))
        for name, (port, form) in recipe.addresses.items()
    }


def _place(container: DockerContainer, port: int) -> str:
    """Where a port of a container is reached, as `host:port`."""
    published = container.get_exposed_port(port)
    guessed = container.get_container_host_ip()
    # Where tests run in a container themselves, it is told to ask the engine's own machine; some
    # machines only look like a container.
    mapped = container.get_docker_client().get_connection_mode().use_mapped_port
    hosts = (guessed, "127.0.0.1") if mapped else (guessed,)
    for host in hosts:
        with suppress(OSError), socket.create_connection((host, published), timeout=3):
            return f"{host}:{published}"
    raise ServersRefused(
        f"{container.image} runs, but its port {published} does not answer at {' or '.join(hosts)}:"
        " TESTCONTAINERS_HOST_OVERRIDE names the engine's machine."
    )


def _recipes(password: str) -> tuple[Recipe, ...]:
    login = f"{USER}:{password}"
    settings = [f"{name}={value}" for name, value in POSTGRES_SETTINGS.items()]
    return (
        Recipe(
            "postgres",
            # While it makes its cluster it listens on no address.
            ready=ExecWaitStrategy(["pg_isready", "-h", "127.0.0.1", "-U", USER]),
            addresses={"postgres": (5432, f"postgresql://{login}@{{}}/postgres")},
            environment={
                "POSTGRES_USER": USER,
                "POSTGRES_PASSWORD": password,
                "POSTGRES_DB": "postgres",
                "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8 --no-sync",
            },
            command=["postgres", *(word for each in settings for word in ("-c", each))],
            tmpfs={"/var/lib/postgresql/data": "size=4g"},
        ),
        Recipe(
            "rabbitmq",
            # Written when all listeners are there, the plugins' too.
            ready=LogMessageWaitStrategy("Server startup complete"),
            addresses={
                "broker": (5672, f"amqp://{login}@{{}}/docfliq"),
                "management": (15672, f"http://{login}@{{}}"),
            },
            environment={
                "RABBITMQ_DEFAULT_USER": USER,
                "RABBITMQ_DEFAULT_PASS": password,
                "RABBITMQ_DEFAULT_VHOST": "docfliq",
            },
            files={"/etc/rabbitmq/conf.d/90-tests.conf": RABBITMQ_CONF},
        ),
        Recipe(
            "redis",
            ready=ExecWaitStrategy(["redis-cli", "ping"]),
            addresses={"redis": (6379, f"redis://:{password}@{{}}/0")},
            environment={"REDISCLI_AUTH": password},
            command=f"redis-server {REDIS_OPTIONS} --databases 64 --requirepass {password}",
        ),
    )
