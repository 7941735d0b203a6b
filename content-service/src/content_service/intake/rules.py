"""Which files each purpose takes, by type and size; and names that are safe to print."""

import re
import unicodedata
from dataclasses import dataclass

from content_service.intake.errors import UploadSizeRefused, UploadTypeRefused
from contracts.media import MediaKind, Purpose

MB = 1_000_000
GB = 1_000 * MB
LARGEST_BYTES = 2 * GB
LARGEST_FILE_BYTES = 25 * MB

_IMAGES = {
    "image/jpeg": MediaKind.IMAGE,
    "image/png": MediaKind.IMAGE,
    "image/webp": MediaKind.IMAGE,
}
_VIDEOS = {
    "video/mp4": MediaKind.VIDEO,
    "video/x-m4v": MediaKind.VIDEO,
    "video/quicktime": MediaKind.VIDEO,
    "video/webm": MediaKind.VIDEO,
    "video/x-matroska": MediaKind.VIDEO,
}
_PDF = {"application/pdf": MediaKind.PDF}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = {
    f"{_OFFICE}.wordprocessingml.document": MediaKind.OTHER,
    f"{_OFFICE}.presentationml.presentation": MediaKind.OTHER,
    f"{_OFFICE}.spreadsheetml.sheet": MediaKind.OTHER,
    "text/plain": MediaKind.OTHER,
    "text/csv": MediaKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one purpose takes; sizes in bytes by kind, others up to `largest`."""

    types: dict[str, MediaKind]
    largest: int
    by_kind: dict[MediaKind, int]

    def limit_of(self, kind: MediaKind) -> int:
        """The most bytes that a file of this kind may have."""
        return self.by_kind.get(kind, self.largest)


RULES: dict[Purpose, Rule] = {
    Purpose.AVATAR: Rule(_IMAGES, 10 * MB, {}),
    Purpose.BANNER: Rule(_IMAGES, 10 * MB, {}),
    Purpose.LOGO: Rule(_IMAGES, 10 * MB, {}),
    Purpose.POST: Rule(_IMAGES | _VIDEOS, 20 * MB, {MediaKind.VIDEO: 500 * MB}),
    Purpose.LESSON: Rule(_VIDEOS | _PDF | _IMAGES, 100 * MB, {MediaKind.VIDEO: LARGEST_BYTES}),
    Purpose.LICENSE: Rule(_IMAGES | _PDF, 20 * MB, {}),
    Purpose.REPORT: Rule(_IMAGES, 20 * MB, {}),
    Purpose.ATTACHMENT: Rule(_IMAGES | _PDF | _DOCUMENTS, LARGEST_FILE_BYTES, {}),
}
# Names that browsers use for types which libmagic calls otherwise.
_SAME = {"image/jpg": "image/jpeg", "application/x-pdf": "application/pdf"}


def kind_of(purpose: Purpose, content_type: str, size_bytes: int) -> MediaKind:
    """The kind of a file that `purpose` takes. Raises UploadTypeRefused, UploadSizeRefused."""
    rule = RULES[purpose]
    kind = rule.types.get(plain_type(content_type))
    if kind is None:
        raise UploadTypeRefused(content_type=content_type, allowed=sorted(rule.types))
    limit = rule.limit_of(kind)
    if not 0 < size_bytes <= limit:
        raise UploadSizeRefused(size_bytes=size_bytes, limit_bytes=limit)
    return kind


def plain_type(content_type: str) -> str:
    """A media type without parameters, in its usual spelling."""
    bare = content_type.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


def safe_filename(filename: str) -> str:
    """The last part of a path, without characters that shells, headers or browsers misread."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", filename))[-1]
    kept = "".join(
        letter if letter.isalnum() or letter in " ._-()" else "_"
        for letter in last
        if unicodedata.category(letter)[0] != "C"
    ).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    return (f"{stem[:100]}.{suffix[:12]}" if dot and stem else kept[:100]) or "file"
