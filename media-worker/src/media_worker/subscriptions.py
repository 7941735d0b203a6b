"""Everything media-worker reacts to, in one table."""

from contracts.media import MediaDeleted, MediaUploaded
from media_worker.jobs.consumers import forget_asset, queue_asset
from servicekit.messaging import Retired, on

SUBSCRIPTIONS = (
    on(MediaUploaded, queue_asset),
    on(MediaDeleted, forget_asset),
)

RETIRED: tuple[Retired, ...] = ()
