"""HLS playlists (RFC 8216) whose every address is signed."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from math import ceil
from uuid import UUID

from contracts.media import HlsVariant

MEDIA_TYPE = "application/vnd.apple.mpegurl"


def sign_playlists(key: bytes, *, lesson_id: UUID, expires: int) -> str:
    """The query that opens a lesson's playlists until `expires` (Unix time), without a header."""
    return f"expires={expires}&signature={_signature(key, lesson_id, expires)}"


def is_signed(key: bytes, *, lesson_id: UUID, expires: int, signature: str) -> bool:
    """Whether `sign_playlists` made this."""
    wanted = _signature(key, lesson_id, expires)
    return hmac.compare_digest(wanted.encode(), signature.encode())


def render_master(variants: Sequence[HlsVariant], *, query: str) -> str:
    """The master playlist; variants stand beside it, opened by the same query."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={variant.bandwidth},"
            f'RESOLUTION={variant.width}x{variant.height},CODECS="{variant.codecs}"'
        )
        lines.append(f"{variant.name}.m3u8?{query}")
    return "\n".join(lines) + "\n"


def render_variant(variant: HlsVariant, *, sign: Callable[[str], str]) -> str:
    """The playlist of one rung, on demand from beginning to end; `sign` makes a key an address."""
    longest = max((duration for _, duration in variant.segments), default=0.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{ceil(longest)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    prefix = variant.prefix.rstrip("/")
    if variant.init:
        lines.append(f'#EXT-X-MAP:URI="{sign(f"{prefix}/{variant.init}")}"')
    for name, duration in variant.segments:
        lines += [f"#EXTINF:{duration:.6f},", sign(f"{prefix}/{name}")]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def _signature(key: bytes, lesson_id: UUID, expires: int) -> str:
    digest = hmac.new(key, f"HLS\n{lesson_id}\n{expires}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
