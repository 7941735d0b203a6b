"""Claims about the platform, which hold or end the run."""

from typing import Any


class Broken(AssertionError):
    """Something is not as it was promised."""


def hold(truth: object, what: object) -> None:
    """Raise Broken with what is wrong, unless it is true. (`assert` would vanish under `-O`.)"""
    if not truth:
        raise Broken(str(what)[:1500])


def same(found: Any, wanted: Any, what: str) -> None:
    """Raise Broken unless both are equal."""
    hold(found == wanted, f"{what}: {found!r} instead of {wanted!r}")
