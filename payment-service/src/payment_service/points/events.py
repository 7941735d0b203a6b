"""Points as events."""

from contracts.payment import PointsAwarded
from payment_service.points.models import PointsAccount, PointsTransaction


def award_of(account: PointsAccount, line: PointsTransaction) -> PointsAwarded:
    """A rule gave points."""
    return PointsAwarded(
        version=account.version,
        points_account_id=account.id,
        user_id=account.user_id,
        points=line.points,
        balance=line.balance,
        rule=line.rule,
        reason_event_id=line.event_id,
    )
