"""ZIP archives of stored objects, written to disk one object at a time."""

import asyncio
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from servicekit.storage import ObjectNotFound, Storage

README = """\
This is what Docfliq holds of you.

Each .json file holds the rows of one service, table by table.
`files` are what you uploaded, `certificates` what you earned.
"""


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
