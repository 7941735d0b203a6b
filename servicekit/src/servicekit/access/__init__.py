"""Who is calling, what they may do, and which tokens have died early."""

from typing import TYPE_CHECKING, Any

from servicekit.access.principal import Principal

if TYPE_CHECKING:
    from servicekit.access.policies import (
        ANYONE,
        Admin,
        Caller,
        Instructor,
        MaybeCaller,
        Moderator,
        StreamCaller,
    )

__all__ = [
    "ANYONE",
    "Admin",
    "Caller",
    "Instructor",
    "MaybeCaller",
    "Moderator",
    "Principal",
    "StreamCaller",
]


def __getattr__(name: str) -> Any:
    # Looked up late: policies stand on FastAPI, which a worker must not pay for.
    if name not in __all__:
        raise AttributeError(name)
    from servicekit.access import policies  # noqa: PLC0415

    return getattr(policies, name)
