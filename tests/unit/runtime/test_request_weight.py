"""How the weight of requests is counted, minute by minute, and when nothing may be sent."""

from runtime.request_weight import RequestWeight

# The exchange's minute has begun for sure.
NOON = 1_800_000_000.0 + 1


def test_requests_go_until_the_minutes_weight_is_used() -> None:
    weight = RequestWeight(10)
    assert [weight.take(4, NOON) for _ in range(2)] == [0, 0]
    assert weight.take(4, NOON + 20) == 40
    assert weight.take(2, NOON + 20) == 0
    assert weight.used == 10


def test_after_the_wait_it_may_go() -> None:
    weight = RequestWeight(10)
    weight.take(10, NOON + 20)
    wait_s = weight.take(4, NOON + 20)
    assert weight.take(4, NOON + 20 + wait_s - 0.1) > 0
    assert weight.take(4, NOON + 20 + wait_s) == 0
    assert weight.used == 4


def test_the_exchanges_larger_sum_is_believed() -> None:
    weight = RequestWeight(10)
    weight.take(2, NOON)
    weight.answered(9, NOON)
    assert weight.take(2, NOON) > 0
    weight.answered(1, NOON)
    assert weight.used == 9


def test_nothing_goes_while_it_is_blocked_however_little_was_used() -> None:
    weight = RequestWeight(10)
    weight.block(90, NOON)
    assert weight.take(1, NOON + 30) == 60
    weight.block(5, NOON + 30)
    assert weight.take(1, NOON + 89) == 1, "the longer word holds"
    assert weight.take(1, NOON + 90) == 0


def test_a_block_beyond_the_longest_ban_is_not_believed() -> None:
    weight = RequestWeight(10)
    weight.block(10**9, NOON)
    assert weight.take(1, NOON) == 3 * 24 * 3600
