"""Everything auth-service reacts to, in one table."""

from auth_service.media.consumers import copy_asset
from auth_service.privacy.consumers import note_export, record_answer, record_part
from contracts.media import MediaDeleted, MediaFailed, MediaProcessed, MediaUploaded
from contracts.privacy import ErasureCompleted, ExportPartReady, ExportRequested
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, Subscription, on

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    # One at a time: it locks the asset and then a person, in the order in which the API does.
    on(MediaUploaded, copy_asset, batch=1),
    on(MediaProcessed, copy_asset, batch=1),
    on(MediaFailed, copy_asset, batch=1),
    on(MediaDeleted, copy_asset, batch=1),
    on(ErasureCompleted, record_answer, batch=1),
    on(ExportRequested, note_export),
    on(ExportPartReady, record_part),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
