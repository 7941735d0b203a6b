"""The input that the player makes is what it claims to be."""

import io
from pathlib import Path

from pypdf import PdfReader

from demo.media import make_pdf, make_photo, make_video, probe, secrets_of, size_of


def test_the_photo_tells_where_it_was_taken() -> None:
    photo = make_photo(size=(640, 480))

    assert size_of(photo) == (640, 480)
    assert any(told.startswith("GPS") for told in secrets_of(photo))


def test_the_pdf_has_a_page_a_chapter() -> None:
    assert len(PdfReader(io.BytesIO(make_pdf("Title", ["one", "two"]))).pages) == 2


async def test_the_video_decodes_to_its_last_frame(tmp_path: Path) -> None:
    seen = await probe(await make_video(tmp_path, secs=1))

    assert (seen["codec_name"], seen["nb_read_frames"]) == ("h264", "25")
