"""Everything media-worker reacts to, in one table."""

from contracts.access import UserDeleted
from contracts.media import MediaDeleted, MediaUploaded
from contracts.privacy import ExportRequested
from media_worker.jobs.consumers import forget_asset, queue_asset
from media_worker.privacy.consumers import erase_person, note_export
from servicekit.messaging import Retired, on

SUBSCRIPTIONS = (
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(MediaUploaded, queue_asset),
    on(MediaDeleted, forget_asset),
)

RETIRED: tuple[Retired, ...] = ()
