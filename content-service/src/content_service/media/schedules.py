"""What becomes of uploads that nobody confirms."""

from content_service.media import service
from content_service.settings import Settings
from servicekit.worker import WorkerContext


async def expire_uploads(context: WorkerContext[Settings]) -> None:
    """Fail uploads whose address ended, in small transactions."""
    while True:
        async with context.sessions.begin() as session:
            if await service.expire_uploads(session) == 0:
                return
