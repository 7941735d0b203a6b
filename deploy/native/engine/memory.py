"""Where PostgreSQL keeps what tests write: in memory, where the machine has room for it.

Tests clone a database each and drop it again. On ext4 that costs ever more: a new file looks for an
inode past all that were freed in the last minutes (a fifth of a second for the files of a clone).
"""

import shutil
import tempfile
from pathlib import Path

_SHARED = Path("/dev/shm")  # noqa: S108  (mkdtemp makes a folder of nobody else's there)
_PREFIX = "docfliq-"
_WANTED_BYTES = 4 * 2**30


def keep_in_memory(folder: Path) -> None:
    """Make `folder`, which must not exist, a link to one in memory; without room it stays away."""
    if has_room():
        folder.symlink_to(tempfile.mkdtemp(prefix=_PREFIX, dir=_SHARED))


def has_room() -> bool:
    """Whether there is a file system in memory, and memory for it."""
    if not _SHARED.is_dir() or shutil.disk_usage(_SHARED).free < _WANTED_BYTES:
        return False
    lines = Path("/proc/meminfo").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines)
    return int(facts["MemAvailable"].split()[0]) * 1024 >= 2 * _WANTED_BYTES


def remove_folder(folder: Path) -> None:
    """Delete a folder, and what it leads to if it is a link; an absent one is fine."""
    if not folder.is_symlink():
        if folder.exists():
            shutil.rmtree(folder)
        return
    # After a restart of the machine the link leads nowhere.
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    folder.unlink()


def give_back(folder: Path) -> None:
    """Delete a folder if it is kept in memory; one on disk stays for who wants to look into it."""
    if folder.is_symlink():
        remove_folder(folder)
