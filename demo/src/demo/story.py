"""What the journey carries from step to step."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.client import Client, Wire
from demo.listening import Listener
from demo.media import VIDEO_SECS
from demo.people import Person
from demo.sandboxes import Sandboxes
from demo.settings import Addresses
from demo.transcript import Transcript


@dataclass
class Course:
    """The course that the journey builds, and what is known of its lessons."""

    id: str = ""
    title: str = ""
    video: str = ""
    pdf: str = ""
    text: str = ""
    quiz_lesson: str = ""
    quiz: str = ""
    price: str = "1499.00"
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Story:
    """One run: its people, and what they made."""

    at: Addresses
    wire: Wire
    sandboxes: Sandboxes
    transcript: Transcript
    folder: Path
    mark: str
    video_secs: int = VIDEO_SECS
    people: dict[str, Person] = field(default_factory=dict)
    course: Course = field(default_factory=Course)
    post_id: str = ""
    coupon: str = ""
    phone: str = ""
    order: dict[str, Any] = field(default_factory=dict)
    enrollment_id: str = ""
    certificate: dict[str, Any] = field(default_factory=dict)
    webinar_id: str = ""
    listener: Listener | None = None

    @property
    def anybody(self) -> Client:
        """The platform as somebody who is not signed in sees it."""
        return Client(self.wire)

    @property
    def doctor(self) -> Person:
        """Who registers and is verified."""
        return self.people["doctor"]

    @property
    def learner(self) -> Person:
        """Who follows, pays and learns."""
        return self.people["learner"]

    @property
    def instructor(self) -> Person:
        """Who builds the course."""
        return self.people["instructor"]
