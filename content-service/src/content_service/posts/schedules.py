"""Posts whose time of publication comes."""

from content_service.posts import service
from content_service.settings import Settings
from servicekit.worker import WorkerContext


async def publish_due_posts(context: WorkerContext[Settings]) -> None:
    """Publish what is due, in small transactions."""
    while True:
        async with context.sessions.begin() as session:
            if await service.publish_due_posts(session) == 0:
                return
