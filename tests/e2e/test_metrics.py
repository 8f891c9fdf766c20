"""What Prometheus reads of a running desk: every process, and each metric that panels and alerts name."""

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from tests.support.browsing import Trader
from tests.support.observability import queries, selectors
from tests.support.running_desk import MARKS, RunningDesk
from tests.support.waiting import eventually

PROCESSES = {*MARKS} - {"postgres", "kafka"}
# What a family's samples are called, by its type.
_ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
# Prometheus' own.
_NOT_OURS = {"up"}


def test_every_process_says_that_it_lives(simulated_desk: RunningDesk) -> None:
    def missing() -> set[str]:
        return PROCESSES - {
            sample.labels["process"] for sample in families_of(simulated_desk)["cfdesk_process_up"].samples
        }

    eventually(lambda: not missing(), what=lambda: f"these processes: {missing()}")


def test_every_metric_that_a_panel_or_an_alert_names_is_there(
    simulated_desk: RunningDesk, trader: Trader
) -> None:
    trader.opens("BTC")
    with connect(f"{simulated_desk.addresses['WebSocket']}/?token={trader.token}") as follower:
        assert follower.recv(timeout=10)

        def unknown() -> list[str]:
            families = families_of(simulated_desk)
            named = ((where, metric) for where, query in queries() for metric, _ in selectors(query))
            return [
                f"{where}: {metric}"
                for where, metric in named
                if metric not in _NOT_OURS | samples_of(families)
            ]

        # Some are published every few seconds.
        eventually(lambda: not unknown(), what=lambda: "\n".join(unknown()))
        labels = {
            sample.name: set(sample.labels)
            for family in families_of(simulated_desk).values()
            for sample in family.samples
        }
    asked = ((where, *one) for where, query in queries() for one in selectors(query))
    assert [
        f"{where}: {metric} has no {label}"
        for where, metric, matchers in asked
        for label in matchers
        if metric in labels and label not in labels[metric]
    ] == []


def families_of(desk: RunningDesk) -> dict[str, Metric]:
    """The families of metrics, by name."""
    return {one.name: one for one in text_string_to_metric_families(desk.metrics())}


def samples_of(families: dict[str, Metric]) -> set[str]:
    """What samples of them are called, those too that there are none of yet."""
    return {name + ending for name, family in families.items() for ending in _ENDINGS.get(family.type, ("",))}
