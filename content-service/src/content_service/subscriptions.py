"""Everything content-service reacts to, in one table."""

from content_service.media.consumers import follow_job
from contracts.media import MediaFailed, MediaProcessed, MediaProgressed
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, on

SUBSCRIPTIONS = (
    on(MediaProgressed, follow_job, order="latest"),
    on(MediaProcessed, follow_job, order="latest"),
    on(MediaFailed, follow_job, order="latest"),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
