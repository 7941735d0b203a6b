"""Who lives on the demo platform, what they say, what they teach: read from cast.toml."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Cast:
    """Somebody of the demo platform."""

    handle: str
    name: str
    profession: str
    specialty: str
    headline: str
    city: str


_READ: dict[str, Any] = tomllib.loads(files("demo").joinpath("cast.toml").read_text("utf-8"))

PEOPLE = tuple(Cast(**one) for one in _READ["people"])
CHANNELS: list[dict[str, Any]] = _READ["channels"]
POSTS: list[dict[str, str]] = _READ["posts"]
COMMENTS: list[str] = _READ["comments"]
COURSES: list[dict[str, Any]] = _READ["courses"]
COUPONS: list[dict[str, Any]] = _READ["coupons"]
WEBINAR: str = _READ["webinar"]
