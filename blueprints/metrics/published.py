"""What processes without a port left in Redis for /metrics, and which processes there are."""

import re
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from blueprints.services import services
from runtime.figures import read_figures
from runtime.presence import who_is_present
from runtime.published_metrics import read_metrics

# Those that publish whole metrics, an instance each.
PUBLISHERS = ("relay", "poller", "web", "stream", "batcher", "journal", "worker", "scheduler")
# Those that publish figures: process -> what they are called here.
_PROCESSES = {"poller": "feed"}
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]+")


def figures() -> Iterable[Metric]:
    """As gauges: cfdesk_feed_ticks and so on. Raises redis.RedisError."""
    for process, subject in _PROCESSES.items():
        found = read_figures(services().queues, process)
        yield GaugeMetricFamily(
            f"cfdesk_{subject}_up", f"Whether a {process} is active", value=1 if found else 0
        )
        for name, value in found.items():
            metric = _NOT_IN_A_NAME.sub("_", f"cfdesk_{subject}_{name}".lower())
            yield GaugeMetricFamily(metric, f"The {process}'s {name}", value=value)


def published() -> Iterable[Metric]:
    """Told apart by `instance`. Raises redis.RedisError."""
    return read_metrics(services().queues, *PUBLISHERS)


def processes() -> Iterable[Metric]:
    """Every process that lives. Raises redis.RedisError."""
    who = ["process", "instance"]
    up = GaugeMetricFamily("cfdesk_process_up", "A process that lives.", labels=[*who, "version"])
    since = GaugeMetricFamily(
        "cfdesk_process_start_time_seconds", "When it was started, since the epoch.", labels=who
    )
    memory = GaugeMetricFamily("cfdesk_process_resident_bytes", "Memory that it holds.", labels=who)
    cpu = CounterMetricFamily("cfdesk_process_cpu_seconds", "Processor time that it has used.", labels=who)
    for one in who_is_present(services().queues):
        labels = [one.process, one.instance]
        up.add_metric([*labels, one.version], 1)
        since.add_metric(labels, one.since_ms / 1000)
        memory.add_metric(labels, one.resident_bytes)
        cpu.add_metric(labels, one.cpu_s)
    return up, since, memory, cpu
