"""/metrics: the figures of processes without a port, and who may see them."""

import pytest
import redis
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from app import create_app
from runtime.figures import publish_figures
from runtime.hops import hop
from runtime.published_metrics import publish_metrics
from runtime.settings import Settings
from tests.support.api import Api, problem_of

TOKEN = "who scrapes says this"


def test_what_the_poller_published_is_there_as_gauges(api: Api, queues: redis.Redis) -> None:
    publish_figures(queues, "poller", {"ticks": 12, "garbage_not json": 3, "price_BTC": 645_001_200})

    answer = api.client.get("/metrics")

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    lines = answer.text.splitlines()
    assert {"cfdesk_feed_up 1.0", "cfdesk_feed_ticks 12.0", "cfdesk_feed_garbage_not_json 3.0"} <= set(lines)
    assert "cfdesk_feed_price_btc 6.450012e+08" in lines


def test_without_an_active_poller_it_is_down(api: Api, queues: redis.Redis) -> None:
    lines = api.client.get("/metrics").text.splitlines()

    assert "cfdesk_feed_up 0.0" in lines
    assert not any(line.startswith("cfdesk_feed_ticks") for line in lines)


def test_figures_that_nobody_renews_go(queues: redis.Redis) -> None:
    publish_figures(queues, "poller", {"ticks": 1})

    assert 0 < queues.ttl("figures:poller") <= 30


def test_another_machine_may_not_see_them(api: Api) -> None:
    answer = api.client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert problem_of(answer) == (403, "forbidden")
    assert "cfdesk_feed" not in answer.text


@pytest.mark.parametrize("said", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \u00fc"])
def test_with_a_token_only_its_bearer_may(settings: Settings, queues: redis.Redis, said: str) -> None:
    api = Api(create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})))
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}

    refused = api.client.get("/metrics", headers={"Authorization": said})
    allowed = api.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, environ_base=elsewhere)

    assert refused.status_code == 403
    assert allowed.status_code == 200


def test_what_instances_published_is_told_apart(api: Api, queues: redis.Redis) -> None:
    for instance, seconds in (("7", 0.0015), ("8", 0.5)):
        registry = CollectorRegistry()
        hop("relay", "Of the tests.", registry).observe(seconds)
        publish_metrics(queues, "relay", instance, registry)

    lines = api.client.get("/metrics").text.splitlines()

    assert "# TYPE cfdesk_hop_relay_seconds histogram" in lines
    assert lines.count("# TYPE cfdesk_hop_relay_seconds histogram") == 1
    assert 'cfdesk_hop_relay_seconds_bucket{instance="7",le="0.001"} 0.0' in lines
    assert 'cfdesk_hop_relay_seconds_bucket{instance="7",le="0.002"} 1.0' in lines
    assert 'cfdesk_hop_relay_seconds_bucket{instance="8",le="+Inf"} 1.0' in lines
    assert 'cfdesk_hop_relay_seconds_count{instance="8"} 1.0' in lines


def test_metrics_that_nobody_renews_go(queues: redis.Redis) -> None:
    publish_metrics(queues, "relay", "7", CollectorRegistry())

    assert 0 < queues.ttl("metrics:relay:7") <= 30
