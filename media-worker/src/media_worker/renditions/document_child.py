"""The confined child that opens a PDF: `python -m media_worker.renditions.document_child FILE`.

Writes `thumbnail.webp` of the first page and prints the page count and its size as JSON.
"""

import json
import sys

import pypdfium2
import pyvips

WIDTH = 640
MAX_PAGES = 5000

if __name__ == "__main__":
    document = pypdfium2.PdfDocument(sys.argv[1])
    pages = len(document)
    if not 0 < pages <= MAX_PAGES:
        sys.exit("no pages, or too many")
    page = document[0]
    picture = page.render(scale=WIDTH / max(page.get_width(), 1.0), rev_byteorder=True)
    pixels = pyvips.Image.new_from_memory(
        bytes(picture.buffer), picture.width, picture.height, picture.n_channels, "uchar"
    )
    shown = pixels.extract_band(0, n=3)
    shown.copy(interpretation="srgb").webpsave("thumbnail.webp", Q=80, keep="none")
    json.dump({"pages": pages, "width": shown.width, "height": shown.height}, sys.stdout)
