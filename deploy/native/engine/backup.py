"""One file with everything that cannot be made again, and the way back from it."""

import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundwork import envfiles
from groundwork.backlogs import HOLDS_SECS, QUIET_SECS, is_quiet
from groundwork.services import SERVICES
from groundwork.waiting import Progress, Refused, hold_for

from engine.platform import start_servers
from engine.provisioning import provision_databases
from engine.stack import Stack, postgres_folder
from engine.supervisor import Supervisor

# Beside the databases: what services and sandboxes keep as files.
_FOLDERS = ("objects", "sandbox")


def back_up(stack: Stack, progress: Progress) -> Path:
    """Refuse writes, wait until nothing is under way, write the file, open again; its path."""
    if not Supervisor(stack).answers():
        raise Refused("the platform does not run; make up starts it")
    folder = stack.home / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = time.strftime("docfliq-%Y%m%d-%H%M%S", time.gmtime())
    target = folder / f"{name}.tar.gz"
    with _closed(stack, progress), tempfile.TemporaryDirectory(dir=folder, prefix="dump-") as dumps:
        hold_for(
            lambda: is_quiet(stack.superuser_url, stack.management),
            secs=HOLDS_SECS,
            within=QUIET_SECS,
            what="work is still under way",
        )
        for service in SERVICES:
            _dump(stack, service.database, Path(dumps))
            progress.say(f"dumped {service.database}")
        _pack(stack, Path(dumps), target)
    progress.say(f"{target.stat().st_size / 1e6:.1f} MB")
    return target


@contextmanager
def _closed(stack: Stack, progress: Progress) -> Iterator[None]:
    """The gateway answers writes 503 while this lasts."""
    stack.maintenance.touch()
    progress.say("writes are refused")
    try:
        yield
    finally:
        stack.maintenance.unlink(missing_ok=True)
        progress.say("open again")


def _dump(stack: Stack, database: str, folder: Path) -> None:
    _postgres_tool(
        stack, "pg_dump", "--format=custom", f"--file={folder / database}.dump", database
    )


def _postgres_tool(stack: Stack, name: str, *arguments: str) -> None:
    settings = stack.settings
    environment = stack.subprocess_env(
        PGHOST="127.0.0.1",
        PGPORT=str(stack.port("DOCFLIQ_POSTGRES_PORT")),
        PGUSER=envfiles.SUPERUSER,
        PGPASSWORD=settings["DOCFLIQ_POSTGRES_PASSWORD"],
    )
    command = [f"{postgres_folder()}/{name}", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Refused(f"{name} failed:\n{ended.stderr}")


def _pack(stack: Stack, dumps: Path, target: Path) -> None:
    unfinished = target.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    with tarfile.open(unfinished, "w:gz", compresslevel=3) as archive:
        archive.add(stack.settings_file, "settings.env")
        archive.add(dumps, "databases")
        for name in _FOLDERS:
            archive.add(stack.home / name, name)
        if (stack.home / "fcm.json").exists():
            archive.add(stack.home / "fcm.json", "fcm.json")
    unfinished.replace(target)


def restore(stack: Stack, file: Path, progress: Progress) -> None:
    """Fill an empty stack with a backup; its servers run then. Raises Refused if there are data."""
    if (stack.home / "postgres" / "data").exists():
        raise Refused(
            f"{stack.home} holds data; make reset (with the platform down) empties it first"
        )
    if not file.is_file():
        raise Refused(f"there is no file {file}")
    stack.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=stack.home, prefix="restore-") as name:
        content = Path(name)
        with tarfile.open(file) as archive:
            archive.extractall(content, filter="data")
        _put_files(stack, content, progress)
        start_servers(stack, progress)
        provision_databases(stack)
        for service in SERVICES:
            dump = str(content / "databases" / f"{service.database}.dump")
            options = ("--exit-on-error", "--single-transaction", "--clean", "--if-exists")
            _postgres_tool(stack, "pg_restore", *options, f"--dbname={service.database}", dump)
            progress.say(f"restored {service.database}")


def _put_files(stack: Stack, content: Path, progress: Progress) -> None:
    settings = (content / "settings.env").read_text()
    if kept := envfiles.take_over(stack.settings_file, settings):
        progress.say(f"the settings that were here are kept as {kept}")
    for name in (*_FOLDERS, "fcm.json"):
        source, target = content / name, stack.home / name
        if not source.exists():
            continue
        if target.is_dir():
            shutil.rmtree(target)
        source.replace(target)
