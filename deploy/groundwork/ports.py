"""Which ports a stack listens on, which are free, and who holds those that are not."""

import errno
import hashlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from groundwork.services import APIS, INSTANCE_STEP, SERVICES

# Linux gives ports from 32768 on to outgoing connections; a listener there may find its own taken.
FIRST_EPHEMERAL = 32768
# One free block holds a whole stack: each setting's place in it.
BLOCK = 80
_FIRST_BLOCK = 20000

_WORKERS_FROM = 40
DEFAULTS: Mapping[str, int] = {
    "DOCFLIQ_GATEWAY_PORT": 8000,
    **{f"{api.prefix}_PORT": 8001 + n for n, api in enumerate(APIS)},
    "DOCFLIQ_SUPERVISOR_PORT": 8009,
    "SANDBOX_RAZORPAY_PORT": 8010,
    "SANDBOX_FCM_PORT": 8011,
    "SANDBOX_MAIL_PORT": 8012,
    "SANDBOX_OIDC_PORT": 8013,
    "SANDBOX_SNS_PORT": 8014,
    "SANDBOX_SMTP_PORT": 8015,
    **{f"{service.prefix}_WORKER_PORT": 8101 + n for n, service in enumerate(SERVICES)},
    "DOCFLIQ_RTMP_PORT": 1935,
    "DOCFLIQ_POSTGRES_PORT": 8432,
    "DOCFLIQ_REDIS_PORT": 8379,
    "DOCFLIQ_BROKER_PORT": 8672,
    "DOCFLIQ_MANAGEMENT_PORT": 8673,
    "DOCFLIQ_BROKER_DIST_PORT": 8674,
    "DOCFLIQ_EPMD_PORT": 8675,
}
SERVER_PORTS = (
    "DOCFLIQ_SUPERVISOR_PORT",
    "DOCFLIQ_POSTGRES_PORT",
    "DOCFLIQ_REDIS_PORT",
    "DOCFLIQ_BROKER_PORT",
    "DOCFLIQ_MANAGEMENT_PORT",
    "DOCFLIQ_BROKER_DIST_PORT",
    "DOCFLIQ_EPMD_PORT",
)


@dataclass(frozen=True)
class Holder:
    """Who listens on a port: a process, or only a user id where /proc shows no more to us."""

    port: int
    pid: int | None
    command: str
    uid: int

    def described(self) -> str:
        """As a person is told."""
        if self.pid is None:
            return f"a process of user id {self.uid} (its name is not ours to see)"
        return f"process {self.pid}: {self.command}"


class PortsTaken(Exception):
    """Ports that the stack needs and that somebody else holds, each with its setting and holder."""

    def __init__(self, taken: Mapping[str, tuple[int, Holder | None]]) -> None:
        gone = "a process that is already gone"
        lines = [
            f"port {port} ({setting}) is taken by {holder.described() if holder else gone}"
            for setting, (port, holder) in taken.items()
        ]
        super().__init__("\n".join([*lines, "Free it, or move ours by that setting in .env."]))
        self.taken = taken


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, neither on loopback nor on all addresses."""
    for address in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - asked, not served
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do: a port that only waits in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as refusal:
                if refusal.errno == errno.EADDRINUSE:
                    return False
                raise
    return True


def find_holder(port: int, proc: Path = Path("/proc")) -> Holder | None:
    """Who listens on a TCP port, by the kernel's socket table; None if nobody does."""
    for table in ("net/tcp", "net/tcp6"):
        for inode, uid in _listeners(proc / table, port):
            pid = _owner_of_socket(inode, proc)
            return Holder(port, pid, _command(proc, pid) if pid else "", uid)
    return None


def _listeners(table: Path, port: int) -> Iterable[tuple[int, int]]:
    """The (socket inode, user id) of each listener on the port: proc_pid_net(5), state 0A."""
    if not table.exists():
        return
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        local, state, uid, inode = fields[1], fields[3], fields[7], fields[9]
        if state == "0A" and int(local.rpartition(":")[2], 16) == port:
            yield int(inode), int(uid)


def _owner_of_socket(inode: int, proc: Path) -> int | None:
    wanted = f"socket:[{inode}]"
    for process in proc.glob("[0-9]*"):
        if wanted in _links(process / "fd"):
            return int(process.name)
    return None


def _links(folder: Path) -> Iterable[str]:
    try:
        descriptors = list(folder.iterdir())
    except OSError:  # gone meanwhile, or another user's
        return
    for descriptor in descriptors:
        try:
            yield str(descriptor.readlink())
        except OSError:  # closed meanwhile
            continue


def _command(proc: Path, pid: int) -> str:
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "?"
    return " ".join(words).strip()[:120]


def instance_port(first: int, instance: int) -> int:
    """Where the n-th instance (from 1) of a program listens, if the first listens there."""
    return first + INSTANCE_STEP * (instance - 1)


def free_block(name: str) -> dict[str, int]:
    """A whole stack's ports in one block that is free now, below where outgoing connections are.

    The name says where the search begins: two stacks that start at once rarely meet.
    """
    bases = range(_FIRST_BLOCK, FIRST_EPHEMERAL - BLOCK, BLOCK)
    begin = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % len(bases)
    for base in (*bases[begin:], *bases[:begin]):
        if all(is_free(port) for port in range(base, base + BLOCK)):
            return block_at(base)
    raise OSError(errno.EADDRINUSE, f"no {BLOCK} neighbouring ports are free from {bases[0]} on")


def block_at(base: int) -> dict[str, int]:
    """Each setting's port in the block; 20 above services and workers stays free for SCALE=2."""
    workers = {f"{service.prefix}_WORKER_PORT" for service in SERVICES}
    apis = {f"{api.prefix}_PORT" for api in APIS}
    others = [name for name in DEFAULTS if name not in workers | apis | {"DOCFLIQ_GATEWAY_PORT"}]
    return {
        "DOCFLIQ_GATEWAY_PORT": base,
        **{f"{api.prefix}_PORT": base + 1 + n for n, api in enumerate(APIS)},
        **{name: base + 1 + len(APIS) + n for n, name in enumerate(others)},
        **{
            f"{service.prefix}_WORKER_PORT": base + _WORKERS_FROM + n
            for n, service in enumerate(SERVICES)
        },
    }
