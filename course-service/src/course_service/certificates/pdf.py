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

RIGHT_TO_LEFT = {FONTS["ARABIC"], FONTS["HEBREW"]}


class Printer:
    """Prints certificates for one issuer with the Noto fonts of `fonts_dir`, one at a time."""

    def __init__(self, issuer: str, fonts_dir: Path) -> None:
        self._issuer, self._fonts_dir = issuer, fonts_dir
        self._printing = Lock()

    def print(self, certificate: Certificate) -> bytes:
        """The PDF of a certificate that has a name."""
        with self._printing:
            return self._page(certificate)

    def _page(self, certificate: Certificate) -> bytes:
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
        runs = _runs(words)
        for font, _ in runs:
            if font not in pdfmetrics.getRegisteredFontNames():
                _load(font, self._fonts_dir / font)
        width = sum(pdfmetrics.stringWidth(run, font, size) for font, run in runs)
        size *= min(1.0, (WIDTH - 120) / max(1.0, width))

        shaped = [(font, shapeStr(run, font, size)) for font, run in runs]
        width = sum(pdfmetrics.stringWidth(run, font, size) for font, run in shaped)
        x = (WIDTH - width) / 2 if left is None else left
        canvas.setFillColor(color)
        for font, run in shaped:
            text = canvas.beginText(x, y)
            text.setFont(font, size)
            text.textLine(run)
            canvas.drawText(text)
            x += pdfmetrics.stringWidth(run, font, size)


def _load(name: str, path: Path) -> None:
    font = TTFont(name, str(path))
    shaper = font.hbFont()
    # Glyphs without a character of their own are numbered as they are met. Numbered all at once,
    # they do not depend on what was printed before, and a page is always the same bytes.
    for glyph in range(font.hbFace.glyph_count):
        if glyph not in font.face.glyphToChar:
            advance = shaper.get_glyph_h_advance(glyph)
            font.hbAddPrivate(shaper.glyph_to_string(glyph), glyph, advance)
    pdfmetrics.registerFont(font)


def _runs(words: str) -> list[tuple[str, str]]:
    """The pieces of a line that one font can draw, each with that font, from left to right.

    Shaping guesses one script a piece, so scripts are never mixed. Spaces and signs stay with
    what stands before them.
    """
    runs: list[tuple[str, str]] = []
    for letter in words:
        script = unicodedata.name(letter, "").split(" ")[0]
        is_neutral = bool(runs) and unicodedata.category(letter)[0] in "ZPMNS"
        font = runs[-1][0] if is_neutral and script not in FONTS else FONTS.get(script, LATIN)
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + letter)
        else:
            runs.append((font, letter))
    rightwards = not runs or runs[0][0] not in RIGHT_TO_LEFT
    return runs if rightwards else runs[::-1]


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
