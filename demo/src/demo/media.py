"""Real input: a video, a photo that tells where it was taken, a PDF, a scan of a licence."""

import asyncio
import io
from pathlib import Path

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from demo.checking import hold

GPS_IFD = 0x8825
VIDEO_SECS = 20


async def make_video(folder: Path, *, secs: int = VIDEO_SECS) -> Path:
    """A moving test picture with a tone, 640x360, H.264 and AAC in MP4."""
    path = folder / f"lesson-{secs}.mp4"
    picture = f"testsrc2=size=640x360:rate=25:duration={secs}"
    tone = f"sine=frequency=440:sample_rate=44100:duration={secs}"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    made = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone),
        *(*coded, "-b:v", "400k", "-movflags", "+faststart", str(path)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await made.communicate()
    hold(made.returncode == 0, said.decode(errors="replace"))
    return path


async def probe(path: Path) -> dict[str, str]:
    """What ffprobe says of a file's first video stream, decoding every frame of it."""
    asked = "stream=codec_name,width,height,nb_read_frames"
    ran = await asyncio.create_subprocess_exec(
        *("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0"),
        *("-show_entries", asked, "-of", "default=noprint_wrappers=1", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, said = await ran.communicate()
    hold(ran.returncode == 0, said.decode(errors="replace"))
    return dict(line.split("=", 1) for line in told.decode().splitlines() if "=" in line)


def make_photo(label: str = "Dr.", *, size: tuple[int, int] = (1200, 900)) -> bytes:
    """A JPEG as a phone writes it: with its maker and the place where it was taken."""
    picture = Image.new("RGB", size, (32, 96, 128))
    draw = ImageDraw.Draw(picture)
    for ring in range(0, size[1] // 2, 30):
        box = (ring, ring, size[0] - ring, size[1] - ring)
        draw.ellipse(box, outline=(200, 220 - ring // 4, 255 - ring // 3), width=6)
    draw.text((40, 40), label, fill="white", font_size=64)
    exif = Image.Exif()
    exif[0x010F] = "Docfliq Phone Works"
    exif[0x9003] = "2026:11:21 09:30:00"
    place = exif.get_ifd(GPS_IFD)
    place.update({1: "N", 2: (12.0, 58.0, 17.0), 3: "E", 4: (77.0, 35.0, 39.0)})
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85, exif=exif)
    return written.getvalue()


def secrets_of(photo: bytes) -> list[str]:
    """What a picture tells about its maker and place; empty once it was stripped."""
    exif = Image.open(io.BytesIO(photo)).getexif()
    told = [f"{tag:#06x}={value}" for tag, value in exif.items() if tag in {0x010F, 0x9003}]
    return told + [f"GPS {tag}={value}" for tag, value in exif.get_ifd(GPS_IFD).items()]


def size_of(photo: bytes) -> tuple[int, int]:
    """Width and height of a picture, in pixels."""
    return Image.open(io.BytesIO(photo)).size


def make_scan(name: str, number: str) -> bytes:
    """A licence as it comes from a scanner, in PNG."""
    sheet = Image.new("RGB", (1240, 874), "ivory")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((30, 30, 1210, 844), outline="darkgreen", width=8)
    for row, line in enumerate(("MEDICAL COUNCIL", "Certificate of registration", name, number)):
        draw.text((90, 110 + row * 150), line, fill="black", font_size=56)
    written = io.BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()


def make_pdf(title: str, chapters: list[str]) -> bytes:
    """A paper with one chapter a page."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A5)
    canvas.setTitle(title)
    for number, chapter in enumerate(chapters, start=1):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(50, 520, f"{number}. {title}")
        canvas.setFont("Helvetica", 12)
        for row, start in enumerate(range(0, len(chapter), 52)):
            canvas.drawString(50, 480 - row * 18, chapter[start : start + 52])
        canvas.showPage()
    canvas.save()
    return written.getvalue()
