"""What an operator reads of the backbone. Gauges of the tables are filled when somebody asks."""

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_LAG = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600)

relayed = Counter("docfliq_relayed_total", "Outbox rows confirmed by the broker")
relay_failures = Counter("docfliq_relay_failures_total", "Rows that were not confirmed", ["cause"])
confirms = Histogram(
    "docfliq_confirm_seconds", "From sending a batch to its last confirm", buckets=_FAST
)
leading = Gauge("docfliq_relay_leading", "1 where this process relays")

handled = Counter(
    "docfliq_handled_total", "Messages by what became of them", ["handler", "outcome"]
)
handling = Histogram(
    "docfliq_handling_seconds", "One transaction of a handler", ["handler"], buckets=_FAST
)
lag = Histogram(
    "docfliq_lag_seconds", "From the event's time to its effect", ["handler"], buckets=_LAG
)

outbox_rows = Gauge("docfliq_outbox_rows", "Rows waiting for the relay")
outbox_age = Gauge("docfliq_outbox_oldest_seconds", "Age of the oldest row waiting")
parked_rows = Gauge("docfliq_outbox_parked_rows", "Rows that the broker refuses")
deferred_rows = Gauge("docfliq_deferred_rows", "Messages waiting for another try", ["handler"])
deferred_age = Gauge("docfliq_deferred_oldest_seconds", "Age of the oldest of them", ["handler"])
deferred_attempt = Gauge("docfliq_deferred_attempt", "The highest attempt among them", ["handler"])
stalled = Gauge("docfliq_stalled_aggregates", "Aggregates whose events wait", ["handler"])
early_age = Gauge("docfliq_early_oldest_seconds", "Age of the oldest event that came too early")
oldest_transaction = Gauge(
    "docfliq_oldest_transaction_seconds", "Age of the database's oldest transaction"
)

_OUTBOX = text("""
    SELECT count(*) FILTER (WHERE parked_at IS NULL),
           COALESCE(extract(epoch FROM
               now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0),
           count(*) FILTER (WHERE parked_at IS NOT NULL)
      FROM outbox
""")
_DEFERRED = text("""
    SELECT handler, count(*), extract(epoch FROM now() - min(since)), max(attempt),
           count(DISTINCT aggregate),
           COALESCE(extract(epoch FROM now() - min(since) FILTER (WHERE early)), 0)
      FROM deferred GROUP BY handler
""")
_TRANSACTION = text("""
    SELECT COALESCE(extract(epoch FROM max(now() - xact_start)), 0)
      FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
""")


async def read_tables(session: AsyncSession) -> None:
    """Fill the gauges from the tables."""
    rows, age, parked = (await session.execute(_OUTBOX)).one()
    outbox_rows.set(rows)
    outbox_age.set(float(age))
    parked_rows.set(parked)
    for gauge in (deferred_rows, deferred_age, deferred_attempt, stalled):
        gauge.clear()
    early_age.set(0)
    for handler, count, oldest, attempt, aggregates, early in await session.execute(_DEFERRED):
        deferred_rows.labels(handler).set(count)
        deferred_age.labels(handler).set(float(oldest))
        deferred_attempt.labels(handler).set(attempt)
        stalled.labels(handler).set(aggregates)
        early_age.set(float(early))
    oldest_transaction.set(float((await session.execute(_TRANSACTION)).scalar_one()))
