"""Setting the stage: one run with its connections, its sandboxes and a folder for its files."""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from demo.client import new_wire
from demo.media import VIDEO_SECS
from demo.sandboxes import Sandboxes
from demo.settings import Addresses
from demo.story import Story
from demo.transcript import Transcript


@asynccontextmanager
async def new_story(
    at: Addresses, transcript: Transcript, *, video_secs: int = VIDEO_SECS
) -> AsyncIterator[Story]:
    """A run whose people and things carry a mark of their own."""
    wire = new_wire(at.api)
    with tempfile.TemporaryDirectory(prefix="docfliq-demo-") as folder:
        story = Story(
            at=at,
            wire=wire,
            sandboxes=Sandboxes(wire=wire, at=at),
            transcript=transcript,
            folder=Path(folder),
            mark=secrets.token_hex(4),
            video_secs=video_secs,
        )
        try:
            yield story
        finally:
            if story.listener is not None:
                await story.listener.stop()
            await wire.http.aclose()
