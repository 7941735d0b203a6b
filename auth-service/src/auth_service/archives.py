"""ZIP archives of stored objects, written to disk one object at a time."""

import asyncio
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from servicekit.storage import ObjectNotFound, Storage

README = """\
This is what Docfliq holds of you.

Each .json file holds the rows of one service, table by table.
`files` are what you uploaded, `certificates` what you earned.
"""


STALE_SECS = 3600


@contextmanager
def scratch(storage_root: str) -> Iterator[Path]:
    """A folder beside the objects, because /tmp may be memory. What a crash left there goes."""
    shelf = Path(storage_root) / ".staging" / "exports"
    shelf.mkdir(parents=True, exist_ok=True)
    for left in shelf.iterdir():
        if _is_stale(left):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=shelf) as folder:
        yield Path(folder)


def _is_stale(left: Path) -> bool:
    try:
        return left.stat().st_mtime < time.time() - STALE_SECS
    except FileNotFoundError:  # another worker is done with it, or was faster
        return False


async def pack(
    storage: Storage, objects: Mapping[str, str], *, folder: Path, missing: Sequence[str]
) -> Path:
    """A ZIP of objects by their names in it; one that is gone meanwhile is left out.

    `missing` services are named in its README. Holds one object at a time on disk beside it.
    """
    archive, one = folder / "archive.zip", folder / "object"
    told = README
    if missing:
        told += f"\nThese did not answer in time, so ask again: {', '.join(missing)}.\n"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", told)
        for name, key in sorted(objects.items()):
            try:
                await storage.fetch_to(key, one)
            except ObjectNotFound:
                continue
            await asyncio.to_thread(packed.write, one, _safe(name))
    return archive


def _safe(name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "/".join(part for part in parts if part not in {"/", "..", "."})
