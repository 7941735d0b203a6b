"""One platform on this machine: its folder, its settings, its ports, its users."""

import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from groundwork import envfiles
from groundwork.broker import Management
from groundwork.ports import Holder, PortsTaken, find_holder, free_block, is_free
from groundwork.services import SERVICES
from groundwork.waiting import Refused

ROOT = Path(__file__).resolve().parents[3]
# Nothing of the caller's environment reaches our programs but what stands here and in their file.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Stack:
    """Where everything of one platform stands. `home` is resolved: no link is left in it."""

    home: Path
    settings_file: Path

    @property
    def main(self) -> bool:
        """Whether this is the checkout's own platform and not one that tests started."""
        return self.settings_file.parent != self.home

    @property
    def settings(self) -> dict[str, str]:
        """The settings file as it stands. Raises Refused before the first start."""
        if not self.settings_file.exists():
            raise Refused(f"nothing was started here yet: {self.settings_file} does not exist")
        return envfiles.parse(self.settings_file.read_text())

    @property
    def environment(self) -> dict[str, str]:
        """The settings and all that follows from them."""
        return envfiles.derive(self.settings, home=self.home)

    @property
    def log(self) -> Path:
        """The folder of the logs."""
        return self.home / "log"

    @property
    def run_env(self) -> Path:
        """The file with every setting of the running platform."""
        return self.home / "run.env"

    @property
    def maintenance(self) -> Path:
        """While this file exists, the gateway refuses writes."""
        return self.home / "maintenance"

    @property
    def management(self) -> Management:
        """The broker's management API."""
        place = f"127.0.0.1:{self.port('DOCFLIQ_MANAGEMENT_PORT')}"
        return Management(place, self.settings["DOCFLIQ_BROKER_PASSWORD"])

    def superuser_url(self, database: str) -> str:
        """Where the engine itself administers one of PostgreSQL's databases."""
        return envfiles.superuser_url(self.settings, database)

    def port(self, name: str) -> int:
        """The port that the setting of that name gives."""
        return envfiles.port_of(self.settings, name)

    def subprocess_env(self, **more: str) -> dict[str, str]:
        """The whole environment of a program of this stack; its marker tells whose it is."""
        return {
            "PATH": f"{ROOT / '.stack' / 'venv' / 'bin'}:{PATH}",
            "HOME": str(self.home / "home"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
            "DOCFLIQ_STACK": str(self.home),
            "DOCFLIQ_ENV_FILE": str(self.run_env),
            **more,
        }


def open_stack(folder: Path) -> Stack:
    """The stack kept in a folder of the checkout; it need not exist yet."""
    home = folder.resolve()
    main = home == (ROOT / ".stack").resolve()
    return Stack(home=home, settings_file=(ROOT if main else home) / ".env")


def prepare(stack: Stack, changes: Mapping[str, str] | None = None) -> None:
    """Make the folders and settings that a start needs; of those there, `changes` alone change."""
    for name in ("log", "home", "objects", "sandbox", "env"):
        (stack.home / name).mkdir(parents=True, exist_ok=True)
    example = (ROOT / ".env.example").read_text()
    fresh = {} if stack.main else free_block(str(stack.home))
    envfiles.provide(stack.settings_file, example, fresh=fresh, changes=changes)
    _write_run_envs(stack)


def _write_run_envs(stack: Stack) -> None:
    environment = stack.environment
    envfiles.write_private(stack.run_env, envfiles.render(environment))
    for service in SERVICES:
        seen = envfiles.seen_by(environment, service)
        envfiles.write_private(stack.home / "env" / f"{service.name}.env", envfiles.render(seen))
    sandbox = envfiles.seen_by_sandbox(environment)
    envfiles.write_private(stack.home / "env" / "sandbox.env", envfiles.render(sandbox))


def demand_ports(stack: Stack, wanted: Mapping[str, int]) -> None:
    """See that the ports are free. A test stack takes others instead; else PortsTaken is raised."""
    taken: dict[str, tuple[int, Holder | None]] = {
        name: (port, find_holder(port)) for name, port in wanted.items() if not is_free(port)
    }
    if not taken:
        return
    if stack.main:
        raise PortsTaken(taken)
    moved = envfiles.with_values(stack.settings_file.read_text(), free_block(str(stack.home)))
    envfiles.write_private(stack.settings_file, moved)
    _write_run_envs(stack)


def server_user(name: str) -> str | None:
    """The user that a server drops to: its own when we are root, else nobody but ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise Refused(f"the user {name} does not exist: is its package installed?") from None
    return name


def give(path: Path, user: str | None) -> None:
    """Make a folder that belongs to the server's user alone."""
    if path.is_symlink() and not path.exists():
        path.unlink()  # what it led to was in memory, before the machine was started again
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if user is not None and path.stat().st_uid != pwd.getpwnam(user).pw_uid:
        for entry in (path, *path.rglob("*")):
            shutil.chown(entry, user, user)


def give_group(path: Path, user: str | None) -> None:
    """Let one server enter a folder of ours that others may not."""
    if user is not None:
        shutil.chown(path, group=user)
    path.chmod(0o750)


def tool(name: str, *folders: str) -> str:
    """The path of a program of the system's packages. Raises Refused if it is not installed."""
    found = shutil.which(name, path=":".join([*folders, PATH]))
    if found is None:
        raise Refused(f"{name} is not installed; `make up` installs what is missing")
    return found


def postgres_folder() -> str:
    """The folder of the newest PostgreSQL's own programs (Debian keeps them apart by version)."""
    versions: Iterator[Path] = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    newest = max(versions, key=lambda path: int(path.parent.name), default=None)
    if newest is None:
        raise Refused("PostgreSQL is not installed; `make up` installs what is missing")
    return str(newest)
