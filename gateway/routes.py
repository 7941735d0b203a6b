"""Which service answers which path: the one table that nginx is rendered from."""

from dataclasses import dataclass
from typing import Literal

SERVICES = ("auth", "content", "course", "webinar", "payment", "notification")
API = "/api/v1"

Kind = Literal["plain", "upload", "stream", "socket", "cached"]

OWNERS: dict[str, tuple[str, ...]] = {
    "auth": ("auth", "users", "profile", "verification", "social", "admin", "invites"),
    "content": (
        "cms",
        "feed",
        "search",
        "hashtags",
        "interactions",
        "moderation",
        "reports",
        "media",
        "storage",
        "files",
        "experiments",
    ),
    "course": ("lms", "assessment", "player", "certificates", "surveys"),
    "webinar": ("webinar", "engagement", "chat", "ws/channels"),
    "payment": ("payment", "entitlements", "gamification", "coupons"),
    "notification": ("notifications", "analytics", "audit", "admin/dead-letters"),
}
"""First segments under `/api/v1`; the longest match wins, as for `admin/dead-letters`."""

AT_THE_ROOT: dict[str, str] = {"/.well-known/jwks.json": "auth", "/verify": "course"}
"""Paths without `/api/v1` that a service answers itself: printed on certificates, named by RFCs."""


@dataclass(frozen=True)
class Route:
    """One address and everything below it, or that address alone, passed to one service."""

    path: str
    service: str
    kind: Kind = "plain"
    alone: bool = False
    renamed: str | None = None
    within: tuple["Route", ...] = ()

    @property
    def is_pattern(self) -> bool:
        """A path that holds an id in its middle is a regular expression."""
        return self.path.startswith("^")


CACHED = (
    Route(f"{API}/feed", "content", kind="cached", alone=True),
    Route(f"{API}/feed/trending", "content", kind="cached", alone=True),
    Route(f"{API}/feed/editor-picks", "content", kind="cached", alone=True),
    Route(f"{API}/hashtags/trending", "content", kind="cached", alone=True),
    Route(f"{API}/lms/courses", "course", kind="cached", alone=True),
)
"""Public pages that everybody asks for: a second's copy serves those who are not signed in."""

UPLOADS = (
    Route(f"{API}/storage/upload", "content", kind="upload"),
    Route(f"{API}/files/upload", "content", kind="upload", alone=True),
)

STREAMS = (
    Route(f"{API}/notifications/stream", "notification", kind="stream", alone=True),
    Route(f"{API}/ws/channels", "webinar", kind="socket"),
    Route("/ws/channels", "webinar", kind="socket"),
)

WITHIN: dict[str, tuple[Route, ...]] = {
    f"{API}/webinar": (Route(f"^{API}/webinar/[^/]+/live/?$", "webinar", kind="socket"),),
    f"{API}/player": (Route(f"^{API}/player/lessons/[^/]+/scorm/?$", "course", kind="upload"),),
}
"""Addresses that need other limits than the prefix they stand under."""

RENAMED = (Route(f"{API}/interactions/users", "auth", renamed=f"{API}/social"),)
"""User-to-user relations belong to auth-service, whichever door they are reached by."""


def all_routes() -> tuple[Route, ...]:
    """Every address that reaches a service, each once; the more special one wins in nginx."""
    special = (*CACHED, *UPLOADS, *STREAMS, *RENAMED)
    taken = {route.path for route in special if not route.alone}
    plain = [
        Route(f"{API}/{segment}", service, within=WITHIN.get(f"{API}/{segment}", ()))
        for service, segments in OWNERS.items()
        for segment in segments
        if f"{API}/{segment}" not in taken
    ]
    roots = [
        Route(path, service, alone="." in path.rsplit("/", 1)[-1])
        for path, service in AT_THE_ROOT.items()
    ]
    return (*special, *plain, *roots)


def service_of(path: str) -> str | None:
    """The service that the gateway passes a path to; None if the gateway answers it itself."""
    wanted = path.rstrip("/")
    best: Route | None = None
    for route in all_routes():
        below = not route.alone and wanted.startswith(f"{route.path}/")
        if (wanted == route.path or below) and (best is None or len(route.path) > len(best.path)):
            best = route
    return best.service if best else None
