"""What the batcher holds, without Kafka and without a clock."""

import pytest

from runtime.settings import Settings
from tests.support.market import make_trade
from workers.batches import Batch, Batches


@pytest.fixture
def batches() -> Batches:
    """Of three trades or a second; two in flight; enqueued again after ten seconds."""
    return Batches(
        Settings(
            _env_file=None, batch_trades_max=3, batch_wait_s=1, batch_confirm_s=10, batches_in_flight_max=2
        )
    )


def add(batches: Batches, count: int, *, partition: int = 0, first: int = 0, now: float = 0.0) -> None:
    for offset in range(first, first + count):
        batches.add(partition, offset, make_trade(offset), now)


def send(batches: Batches, now: float) -> list[Batch]:
    """Enqueues what is to be enqueued."""
    sent = batches.to_enqueue(now)
    for batch in sent:
        batch.enqueued = now
    return sent


def test_a_full_batch_goes_at_once_and_a_part_of_one_after_its_time(batches: Batches) -> None:
    add(batches, 3)
    batches.seal(0.0)
    assert [len(batch.trades) for batch in send(batches, 0.0)] == [3]
    add(batches, 1, first=3, now=5.0)
    batches.seal(5.9)
    assert send(batches, 5.9) == []
    batches.seal(6.0)
    assert [len(batch.trades) for batch in send(batches, 6.0)] == [1]


def test_a_batch_is_enqueued_again_when_postgresql_has_it_not_in_time(batches: Batches) -> None:
    add(batches, 3)
    batches.seal(0.0)
    (batch,) = send(batches, 0.0)
    assert send(batches, 9.9) == []
    # The same batch, under the same id
    assert send(batches, 10.0) == [batch]


def test_while_postgresql_cant_be_asked_nothing_is_late(batches: Batches) -> None:
    add(batches, 3)
    batches.seal(0.0)
    (batch,) = send(batches, 0.0)
    for now in range(1, 100):
        batches.postpone(float(now))
        assert send(batches, float(now)) == []
    assert send(batches, 109.0) == [batch]


def test_offsets_are_let_go_in_the_order_of_reading(batches: Batches) -> None:
    add(batches, 3)
    batches.seal(0.0)
    add(batches, 3, first=3)
    batches.seal(0.0)
    first, second = send(batches, 0.0)
    # When the second is there before the first
    assert batches.confirm([second.batch_id]) == {}
    # Then both are let go with the first
    assert batches.confirm([first.batch_id]) == {0: 6}
    assert batches.in_flight == 0


def test_with_enough_in_flight_there_is_room_for_one_batch_more_and_then_none(batches: Batches) -> None:
    for number in range(3):
        assert batches.room == 3
        add(batches, 3, first=3 * number)
        batches.seal(0.0)
    assert (batches.in_flight, batches.room) == (2, 0)
    first = send(batches, 0.0)[0]
    batches.confirm([first.batch_id])
    batches.seal(0.0)
    assert (batches.in_flight, batches.room) == (2, 3)


def test_messages_that_are_no_trades_are_committed_past_without_a_batch(batches: Batches) -> None:
    batches.add(0, 41, None, 0.0)
    batches.seal(1.0)
    assert send(batches, 1.0) == []
    assert batches.confirm([]) == {0: 42}


def test_partitions_that_were_taken_away_are_not_committed(batches: Batches) -> None:
    add(batches, 2, partition=0)
    add(batches, 1, partition=1)
    batches.seal(0.0)
    add(batches, 1, partition=0, first=2)
    (batch,) = send(batches, 0.0)
    batches.give_back([0])
    # Then their trades are stored all the same, and only the other partition's offset is ours
    assert len(batch.trades) == 3
    assert batches.confirm([batch.batch_id]) == {1: 1}
    batches.seal(1.0)
    (rest,) = send(batches, 1.0)
    assert batches.confirm([rest.batch_id]) == {}


def test_a_stop_seals_what_there_is(batches: Batches) -> None:
    add(batches, 1)
    batches.seal(0.0, all_of_it=True)
    assert len(send(batches, 0.0)) == 1
