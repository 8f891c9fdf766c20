"""What a batcher counts, for its pulse."""

from prometheus_client import CollectorRegistry, Counter, Gauge

METRICS = CollectorRegistry(auto_describe=False)
MESSAGES = Counter("cfdesk_batcher_messages", "Messages read from the topic.", registry=METRICS)
SKIPPED = Counter("cfdesk_batcher_skipped", "Messages that were no trades.", registry=METRICS)
AGAIN = Counter(
    "cfdesk_batcher_enqueued_again", "Batches that PostgreSQL did not have in time.", registry=METRICS
)
IN_FLIGHT = Gauge(
    "cfdesk_batcher_batches_in_flight", "Batches that PostgreSQL isn't known to have.", registry=METRICS
)
LAG = Gauge(
    "cfdesk_batcher_lag_messages",
    "Messages of its partitions that PostgreSQL isn't known to have.",
    registry=METRICS,
)
