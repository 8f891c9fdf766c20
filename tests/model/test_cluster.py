"""Desk and model agree on a cluster too, whose masters share the shards."""

from collections import Counter
from collections.abc import Iterator

import pytest

from runtime.settings import Settings
from tests.model.cluster import quick_cluster
from tests.model.desks import ELSEWHERE, terms_of
from tests.model.simulation import Simulation
from tests.support.cluster import running_cluster
from tests.support.order_servers import OrderServer
from tests.support.services import Services
from tests.support.settings import make_settings

SHARDS = 6
SEEDS = range(1, 4)
STEPS = 600


@pytest.fixture(scope="module")
def settings(order_server: OrderServer) -> Iterator[Settings]:
    """A desk on three masters; nothing else runs."""
    with running_cluster(order_server) as cluster:
        elsewhere = Services(ELSEWHERE, ELSEWHERE, cluster.url, lambda: ELSEWHERE)
        yield make_settings(elsewhere, orders_redis_cluster=True, order_shards=SHARDS)


def test_desk_and_model_agree_after_every_step(settings: Settings) -> None:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        changed = settings.model_copy(update=terms_of(seed) | {"order_shards": SHARDS})
        with quick_cluster(changed) as client:
            simulation = Simulation(client, changed, seed)
            simulation.run(seed, STEPS)
            counts += simulation.counts

    assert counts["open done"] > 100
    assert counts["tick accepted"] > 100
