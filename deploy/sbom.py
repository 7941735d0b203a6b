"""`make sbom`: what our images hold of Python, as CycloneDX JSON, from uv.lock and nothing else."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from groundwork.services import SERVICES

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".stack" / "uv" / "bin" / "uv"
# Each is the list of the image of that name; `docfliq` is everything, as in the image of the tools.
EVERYTHING = "docfliq"
IMAGES = (*(service.name for service in SERVICES), "sandbox")


def exports() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each list, and which packages it is made of."""
    yield EVERYTHING, ("--all-packages",)
    for name in IMAGES:
        yield f"docfliq-{name}", ("--package", f"docfliq-{name}")


def write(folder: Path) -> list[Path]:
    """Write every list into a folder. Raises CalledProcessError if the lock does not serve."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, packages in exports():
        path = folder / f"{name}.cdx.json"
        words = ("--frozen", "--no-dev", "--quiet", "--no-progress", *packages)
        form = ("--format", "cyclonedx1.5", "--preview-features", "sbom-export")
        subprocess.run(
            [str(UV), "export", *words, *form, "--output-file", str(path)],
            cwd=ROOT,
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},  # noqa: TID251  (uv's own)
            stdout=subprocess.DEVNULL,
            check=True,
        )
        written.append(path)
    return written


def main() -> int:
    """Write them and say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / ".stack" / "sbom")
    folder = parser.parse_args().folder.resolve()
    for path in write(folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
