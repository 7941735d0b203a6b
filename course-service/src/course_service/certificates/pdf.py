"""The printed certificate: one landscape page, the same bytes for the same row."""

import unicodedata
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas

from course_service.certificates.models import Certificate

WIDTH, HEIGHT = landscape(A4)
INK, ACCENT, FAINT = HexColor("#17324d"), HexColor("#0b7a75"), HexColor("#5b6b7a")
LATIN = "NotoSans-Regular.ttf"
FONTS = {
    "DEVANAGARI": "NotoSansDevanagari-Regular.ttf",
    "BENGALI": "NotoSansBengali-Regular.ttf",
    "TAMIL": "NotoSansTamil-Regular.ttf",
    "TELUGU": "NotoSansTelugu-Regular.ttf",
    "KANNADA": "NotoSansKannada-Regular.ttf",
    "MALAYALAM": "NotoSansMalayalam-Regular.ttf",
    "GUJARATI": "NotoSansGujarati-Regular.ttf",
    "GURMUKHI": "NotoSansGurmukhi-Regular.ttf",
    "ARABIC": "NotoNaskhArabic-Regular.ttf",
    "HEBREW": "NotoSansHebrew-Regular.ttf",
    "THAI": "NotoSansThai-Regular.ttf",
    "SINHALA": "NotoSansSinhala-Regular.ttf",
}
"""The font of each script, by the first word of its characters' Unicode names."""


class Printer:
    """Prints certificates for one issuer with the Noto fonts of `fonts_dir`. Safe in a thread."""

    def __init__(self, issuer: str, fonts_dir: Path) -> None:
        self._issuer, self._fonts_dir = issuer, fonts_dir
        self._registering = Lock()

    def print(self, certificate: Certificate) -> bytes:
        """The PDF of a certificate that has a name."""
        page = BytesIO()
        # invariant: no time stamps and no random ids, or the bytes would differ each time.
        canvas = Canvas(page, pagesize=(WIDTH, HEIGHT), invariant=1)
        name = certificate.recipient_name or ""
        canvas.setTitle(f"{certificate.course_title}: {name}")
        canvas.setAuthor(self._issuer)
        canvas.setSubject(certificate.certificate_number)
        self._frame(canvas)
        self._words(canvas, certificate, name)
        _qr_code(canvas, certificate.verification_url, x=WIDTH - 158, y=62, size=96)
        canvas.save()
        return page.getvalue()

    def _frame(self, canvas: Any) -> None:
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(2)
        canvas.rect(28, 28, WIDTH - 56, HEIGHT - 56)
        canvas.setLineWidth(0.5)
        canvas.rect(34, 34, WIDTH - 68, HEIGHT - 68)

    def _words(self, canvas: Any, certificate: Certificate, name: str) -> None:
        day = certificate.completed_at
        self._line(canvas, self._issuer, y=HEIGHT - 92, size=18, color=ACCENT)
        self._line(canvas, "Certificate of completion", y=HEIGHT - 148, size=34)
        self._line(canvas, "This is to certify that", y=HEIGHT - 198, size=13, color=FAINT)
        self._line(canvas, name, y=HEIGHT - 246, size=30)
        self._line(canvas, "has completed the course", y=HEIGHT - 288, size=13, color=FAINT)
        self._line(canvas, certificate.course_title, y=HEIGHT - 328, size=22)
        self._line(
            canvas,
            f"taught by {certificate.instructor_name}, on {day:%d} {day:%B} {day.year}",
            y=HEIGHT - 362,
            size=13,
            color=FAINT,
        )
        foot = (f"No. {certificate.certificate_number}", certificate.verification_url)
        for row, words in enumerate(foot):
            self._line(canvas, words, y=84 - 16 * row, size=10, color=FAINT, left=62)

    def _line(
        self,
        canvas: Any,
        words: str,
        *,
        y: float,
        size: float,
        color: Any = INK,
        left: float | None = None,
    ) -> None:
        font = self._font_for(words)
        room = WIDTH - 120
        size = min(size, size * room / max(room, pdfmetrics.stringWidth(words, font, size)))
        shaped = shapeStr(words, font, size)
        start = (WIDTH - pdfmetrics.stringWidth(words, font, size)) / 2 if left is None else left
        text = canvas.beginText(start, y)
        text.setFont(font, size)
        text.setFillColor(color)
        text.textLine(shaped)
        canvas.drawText(text)

    def _font_for(self, words: str) -> str:
        scripts = (unicodedata.name(letter, "").split(" ")[0] for letter in words)
        file = next((FONTS[script] for script in scripts if script in FONTS), LATIN)
        with self._registering:
            if file not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(file, str(self._fonts_dir / file), shapable=True))
        return file


def _qr_code(canvas: Any, words: str, *, x: float, y: float, size: float) -> None:
    # A fixed mask spares the search for the best one; error level M survives a worn print.
    matrix = segno.make(words, error="m", mask=2, micro=False).matrix
    dot = size / len(matrix)
    canvas.setFillColor(INK)
    squares = canvas.beginPath()
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                squares.rect(x + column * dot, y + size - (row + 1) * dot, dot, dot)
    canvas.drawPath(squares, stroke=0, fill=1)
