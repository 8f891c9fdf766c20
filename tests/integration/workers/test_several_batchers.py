"""Several batchers in one group: they share the partitions, come, leave and die under load."""

from itertools import chain

import orjson
import pytest

from models import Trade
from tests.integration.workers.trades import Load
from tests.support.back_office import BackOffice, DeskProcess
from tests.support.trade_desk import stored
from tests.support.trade_topic import committed
from tests.support.waiting import eventually

TRADES = 8_000
PARTS = 4


@pytest.fixture
def office(office_on_each_broker: BackOffice) -> BackOffice:
    """An office on each kind of broker."""
    return office_on_each_broker


def assigned(batcher: DeskProcess) -> set[int]:
    """The partitions that the batcher has now, by its log."""
    partitions: set[int] = set()
    for line in filter(lambda line: "partitions" in line, batcher.output.splitlines()):
        entry = orjson.loads(line)
        if entry["event"] == "partitions assigned":
            partitions |= set(entry["partitions"])
        elif entry["event"] == "partitions given back":
            partitions -= set(entry["partitions"])
    return partitions


def are_shared(batchers: list[DeskProcess], partitions: int) -> bool:
    """Whether each batcher has a share, and each partition is with exactly one."""
    shares = [assigned(batcher) for batcher in batchers]
    return all(shares) and sorted(chain.from_iterable(shares)) == list(range(partitions))


def test_batchers_die_leave_and_come_under_load_and_every_trade_is_stored_once(
    office: BackOffice,
) -> None:
    partitions = office.settings.kafka_partitions
    office.start_worker()
    load = Load(office, TRADES, parts=PARTS)

    def part() -> None:
        """Sends a part, and returns when half of it is stored: the other half is under way."""
        before = office.count(Trade)

        def half() -> bool:
            # Asked first: what is committed now must be stored now.
            offsets = committed(office.settings)
            assert offsets <= stored(office.database), "offsets are ahead of PostgreSQL"
            return office.count(Trade) - before >= TRADES // PARTS // 2

        load.send_part()
        load.serve_until(half)

    # Given two that share the partitions
    killed, leaving = (office.start("workers.batcher") for _ in range(2))
    load.serve_until(lambda: are_shared([killed, leaving], partitions))
    part()
    # When one is killed, another comes, and the first leaves, amid trades
    killed.kill()
    part()
    added = office.start("workers.batcher")
    load.serve_until(lambda: are_shared([leaving, added], partitions))
    part()
    assert leaving.stop(office.settings.graceful_stop_s + 1) == 0
    load.send_rest()
    # Then nothing is missing or doubled: what one held that left was read again by another
    load.assert_stored()
    eventually(lambda: are_shared([added], partitions))
