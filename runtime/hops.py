"""The hops of a price from the exchange to the screen, as Prometheus histograms: one bucket scale for all.

feed    the exchange's time of a trade -> received by the poller (whole milliseconds; two clocks)
decode  received -> decoded, and taken by the thread that writes to Redis
apply   taken -> Redis has applied it, and published its price
redis   received by the poller -> read by a relay
relay   read by a relay -> written to the last of its clients
"""

from prometheus_client import CollectorRegistry, Histogram

# From a tenth of a millisecond to a second: a half to twice as much again from one to the next.
_BUCKETS_S = (
    *(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075),
    *(0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0),
)


def hop(name: str, documentation: str, registry: CollectorRegistry) -> Histogram:
    """The histogram of one hop, in seconds."""
    return Histogram(f"cfdesk_hop_{name}_seconds", documentation, buckets=_BUCKETS_S, registry=registry)
