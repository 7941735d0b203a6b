"""The confined child that decodes a picture: `python -m … FILE plain|square`.

Writes the variants beside FILE and prints them as JSON, the largest first.
"""

import json
import sys
from typing import Any

import pyvips

MAX_PIXELS = 100_000_000
LOADERS = {
    "jpegload": "VipsForeignLoadJpegFile",
    "pngload": "VipsForeignLoadPngFile",
    "webpload": "VipsForeignLoadWebpFile",
    "gifload": "VipsForeignLoadNsgifFile",
}
VARIANTS = (("full", 1600, 1600), ("card", 800, 800), ("thumbnail", 320, 320))
AVATAR = ("avatar", 256, 256)


def variants_of(path: str, *, square: bool) -> list[dict[str, Any]]:
    """Write every variant. Raises ValueError for a kind, or a size, that is not taken."""
    loader = pyvips.Image.new_from_file(path, access="sequential")
    kind = str(loader.get("vips-loader")).removesuffix("_file").removesuffix("_buffer")
    if kind not in LOADERS:
        raise ValueError("not a picture that is taken")
    if loader.width * loader.height > MAX_PIXELS:
        raise ValueError("too many pixels")
    wanted = (*VARIANTS, AVATAR) if square else VARIANTS
    return [_write(path, name, width, height) for name, width, height in wanted]


def _write(path: str, name: str, width: int, height: int) -> dict[str, Any]:
    crop = "attention" if name == AVATAR[0] else "none"
    # `thumbnail` turns the picture upright by its EXIF and never enlarges it (size=down).
    picture = pyvips.Image.thumbnail(path, width, height=height, size="down", crop=crop)
    file = f"{name}.webp"
    picture.webpsave(file, Q=82, keep="none", effort=3)
    return {"name": name, "file": file, "width": picture.width, "height": picture.height}


if __name__ == "__main__":
    # Every loader that parses more than pixels (SVG, PDF, ImageMagick, …) stays shut.
    pyvips.operation_block_set("VipsForeignLoad", state=True)
    for allowed in LOADERS.values():
        pyvips.operation_block_set(allowed, state=False)
    pyvips.cache_set_max(0)
    json.dump(variants_of(sys.argv[1], square=sys.argv[2] == "square"), sys.stdout)
