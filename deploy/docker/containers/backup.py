"""One file with everything that cannot be made again, in the form of the native engine's."""

import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundwork import envfiles
from groundwork.services import SERVICES
from groundwork.waiting import Progress, Refused

from containers.compose import Compose
from containers.platform import build
from containers.settings import SETTINGS_FILE, STACK, opened, prepare

_CLOSED = "/tmp/nginx/maintenance"  # noqa: S108 - in the gateway's container
# Beside the databases: what services and sandboxes keep as files.
_FOLDERS = ("objects", "sandbox")


def back_up(compose: Compose, progress: Progress) -> Path:
    """Refuse writes, wait until nothing is under way, write the file, open again; its path."""
    if not any(one.status == "running" for one in compose.containers()):
        raise Refused("the platform does not run; make up starts it")
    folder = STACK / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / time.strftime("docfliq-%Y%m%d-%H%M%S.tar.gz", time.gmtime())
    with (
        _closed(compose, progress),
        tempfile.TemporaryDirectory(dir=folder, prefix="dump-") as name,
    ):
        if compose.run(*compose.tool("python", "deploy/docker/look.py", "quiet")) != 0:
            raise Refused("nothing was written; the gateway is open again")
        dumps = Path(name)
        for service in SERVICES:
            _dump(compose, service.database, dumps / f"{service.database}.dump")
            progress.say(f"dumped {service.database}")
        _pack(compose, dumps, target)
    progress.say(f"{target.stat().st_size / 1e6:.1f} MB")
    return target


@contextmanager
def _closed(compose: Compose, progress: Progress) -> Iterator[None]:
    """The gateway answers writes 503 while this lasts."""
    compose.read("exec", "-T", "gateway", "touch", _CLOSED)
    progress.say("writes are refused")
    try:
        yield
    finally:
        compose.read("exec", "-T", "gateway", "rm", "-f", _CLOSED)
        progress.say("open again")


def _dump(compose: Compose, database: str, target: Path) -> None:
    words = ("pg_dump", "--format=custom", f"--username={envfiles.SUPERUSER}", database)
    with target.open("wb") as stream:
        if compose.run("exec", "-T", "postgres", *words, stdout=stream) != 0:
            raise Refused(f"pg_dump of {database} failed")


def _pack(compose: Compose, dumps: Path, target: Path) -> None:
    unfinished = target.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    with tarfile.open(unfinished, "w:gz", compresslevel=3) as archive:
        archive.add(SETTINGS_FILE, "settings.env")
        archive.add(dumps, "databases")
        _add_files(compose, archive)
    unfinished.replace(target)


def _add_files(compose: Compose, archive: tarfile.TarFile) -> None:
    """What stands in the volumes, as it comes out of a container that sees them."""
    words = compose.tool("tar", "--create", "--directory=/", *_FOLDERS)
    process = compose.pipe(*words)
    with process, tarfile.open(fileobj=process.stdout, mode="r|") as files:
        for member in files:
            archive.addfile(member, files.extractfile(member) if member.isfile() else None)
    if process.returncode != 0:
        raise Refused("the files of the volumes could not be read")


def restore(file: Path, progress: Progress) -> None:
    """Fill empty volumes with a backup; PostgreSQL runs then. Raises Refused if there are data."""
    if not file.is_file():
        raise Refused(f"there is no file {file}")
    if SETTINGS_FILE.exists() and "postgres" in opened().volumes():
        raise Refused("there are data; make reset (with the platform down) empties it first")
    with tempfile.TemporaryDirectory(prefix="docfliq-restore-") as name:
        content = Path(name)
        with tarfile.open(file) as archive:
            archive.extractall(content, filter="data")
        if kept := envfiles.take_over(SETTINGS_FILE, (content / "settings.env").read_text()):
            progress.say(f"the settings that were here are kept as {kept}")
        compose = prepare({}, progress)
        build(compose, progress)
        _put_files(compose, content)
        _put_rows(compose, content / "databases", progress)


def _put_files(compose: Compose, content: Path) -> None:
    words = compose.tool("tar", "--extract", "--directory=/", "--no-overwrite-dir", *_FOLDERS)
    packing = ["tar", "--create", f"--directory={content}", *_FOLDERS]
    with subprocess.Popen(packing, stdout=subprocess.PIPE) as packer:
        compose.read(*words, stdin=packer.stdout)


def _put_rows(compose: Compose, dumps: Path, progress: Progress) -> None:
    compose.read("up", "--detach", "--wait", "postgres")
    compose.read(*compose.tool("python", "deploy/docker/provision.py", "databases"))
    options = ("--exit-on-error", "--single-transaction", "--clean", "--if-exists")
    for service in SERVICES:
        words = ("pg_restore", *options, f"--username={envfiles.SUPERUSER}")
        with (dumps / f"{service.database}.dump").open("rb") as stream:
            database = f"--dbname={service.database}"
            compose.read("exec", "-T", "postgres", *words, database, stdin=stream)
        progress.say(f"restored {service.database}")
