"""Points as events."""

from collections.abc import Sequence
from uuid import UUID

from contracts.payment import PointsAwarded, PointsRuleFact, PointsRulesReplaced
from payment_service.points.models import PointsAccount, PointsRule, PointsTransaction


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


def replacement_of(rules: Sequence[PointsRule], *, replaced_by: UUID) -> PointsRulesReplaced:
    """These rules hold now."""
    facts = [
        PointsRuleFact(event_type=rule.event_type, points=rule.points, daily_cap=rule.daily_cap)
        for rule in rules
    ]
    return PointsRulesReplaced(version=1, rules=facts, replaced_by=replaced_by)
