"""Quiet hours: a message that falls into them waits until they end; it is never dropped."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notification_service.notifications.models import Preferences


def due_time(preferences: Preferences | None, at: datetime) -> datetime:
    """When a message of `at` may go out, by the person's own clock."""
    if preferences is None or preferences.quiet_from is None or preferences.quiet_until is None:
        return at
    local = at.astimezone(ZoneInfo(preferences.time_zone))
    start, end = (
        time.fromisoformat(preferences.quiet_from),
        time.fromisoformat(preferences.quiet_until),
    )
    clock = local.time()
    quiet = start <= clock < end if start <= end else clock >= start or clock < end
    if start == end or not quiet:
        return at
    ends = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > local else ends + timedelta(days=1)
