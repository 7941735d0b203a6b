"""What the work on a file comes to."""

from dataclasses import dataclass, field

from contracts.media import HlsVariant, Rendition


class Unusable(Exception):
    """The file cannot be used; the message is a sentence for its owner."""


@dataclass(slots=True)
class Progress:
    """How far the work is, 0 to 100. `lost` is set when the job is somebody else's now.

    `stored` names every object that was written, whole or not: what a failure leaves behind.
    """

    percent: int = 0
    lost: bool = False
    stored: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """The checked original under `key` and everything derived from it."""

    key: str
    content_type: str
    size_bytes: int
    sha256: str
    renditions: list[Rendition] = field(default_factory=list)
    hls: list[HlsVariant] = field(default_factory=list)
    duration_secs: float | None = None
    page_count: int | None = None
    width: int | None = None
    height: int | None = None

    def keys(self) -> list[str]:
        """Every object that was stored."""
        inits = [f"{one.prefix}{one.init}" for one in self.hls if one.init]
        segments = [f"{one.prefix}{name}" for one in self.hls for name, _ in one.segments]
        return [self.key, *(one.key for one in self.renditions), *inits, *segments]
