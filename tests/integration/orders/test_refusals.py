"""A refused command changes nothing: no balance, no key, no event, no sequence number."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from domain.units import PRICE_RAW_MAX
from orders.client import OrderDesk, Trigger
from orders.codes import Code, Refused
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import (
    HOUR_MS,
    Market,
    Trader,
    make_order,
    make_tick,
    position_of,
    request,
    stale_after,
    state_of,
)
from tests.support.waiting import eventually

# The answer that a retry would get is remembered, and a tick's price is no account's.
MEMORY = ":request:"


@dataclass(frozen=True)
class Scene:
    """A trader with one position of $100 at 10x, opened at 64500.12."""

    desk: OrderDesk
    trader: Trader
    stranger: Trader
    order_id: str

    def opens(self, **terms: object) -> None:
        self.desk.open(self.trader.user_id, request(), make_order(**terms))

    def closes_part(self, percentage: int) -> None:
        self.desk.partial_close(
            self.trader.user_id, request(), self.order_id, percentage=percentage, part_id="part"
        )

    def modifies(self, **triggers: Any) -> None:
        self.desk.modify(self.trader.user_id, request(), self.order_id, **triggers)

    def deposits(self, amount: int, request_id: str | None = None) -> None:
        self.desk.deposit(self.trader.user_id, request(request_id), amount)

    def adds(self, amount: int) -> None:
        self.desk.add_margin(self.trader.user_id, request(), self.order_id, amount)


@pytest.fixture
def scene(desk: OrderDesk) -> Scene:
    """An open position."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at(5)
    trader = Trader.with_balance(desk)
    order_id = position_of(trader.buys(10_000, 10)).order_id
    desk.deposit(trader.user_id, request("known", digest="a" * 64), 1)
    return Scene(desk, trader, Trader.with_balance(desk), order_id)


COMMANDS: list[tuple[str, Code, Callable[[Scene], object]]] = [
    ("deposit to nobody", Code.ACCOUNT_UNKNOWN, lambda s: s.desk.deposit("nobody", request(), 1)),
    ("open for nobody", Code.ACCOUNT_UNKNOWN, lambda s: s.desk.open("nobody", request(), make_order())),
    ("read nobody", Code.ACCOUNT_UNKNOWN, lambda s: s.desk.account("nobody")),
    ("deposit nothing", Code.AMOUNT_OUT_OF_RANGE, lambda s: s.deposits(0)),
    (
        "deposit below nothing",
        Code.AMOUNT_OUT_OF_RANGE,
        lambda s: s.deposits(-1),
    ),
    (
        "deposit too much",
        Code.AMOUNT_OUT_OF_RANGE,
        lambda s: s.deposits(2**60),
    ),
    ("add nothing", Code.AMOUNT_OUT_OF_RANGE, lambda s: s.adds(0)),
    ("take margin out", Code.AMOUNT_OUT_OF_RANGE, lambda s: s.adds(-500)),
    ("add past the largest margin", Code.AMOUNT_OUT_OF_RANGE, lambda s: s.adds(100_000_000 - 9_999)),
    ("open another asset", Code.ASSET_UNKNOWN, lambda s: s.opens(asset="DOGE")),
    ("open more than is exact", Code.POSITION_TOO_LARGE, lambda s: s.opens(asset="ETH", leverage=50)),
    (
        "trail further than the price is",
        Code.TRAILING_DISTANCE_OUT_OF_RANGE,
        lambda s: s.opens(trailing_distance="64494"),
    ),
    (
        "trail at no distance",
        Code.TRAILING_DISTANCE_OUT_OF_RANGE,
        lambda s: s.modifies(trailing_distance=0),
    ),
    ("reuse a key", Code.IDEMPOTENCY_KEY_REUSED, lambda s: s.deposits(1, "known")),
    ("open beyond the balance", Code.INSUFFICIENT_BALANCE, lambda s: s.opens(margin=489_950)),
    ("add beyond the balance", Code.INSUFFICIENT_BALANCE, lambda s: s.adds(489_950)),
    ("open at 3x", Code.LEVERAGE_NOT_OFFERED, lambda s: s.opens(leverage=3)),
    ("open at 0x", Code.LEVERAGE_NOT_OFFERED, lambda s: s.opens(leverage=0)),
    ("open with $9.99", Code.MARGIN_OUT_OF_RANGE, lambda s: s.opens(margin=999)),
    ("open with too much", Code.MARGIN_OUT_OF_RANGE, lambda s: s.opens(margin=100_000_001)),
    (
        "close what isn't there",
        Code.ORDER_UNKNOWN,
        lambda s: s.desk.close(s.trader.user_id, request(), "none"),
    ),
    (
        "close another's",
        Code.ORDER_UNKNOWN,
        lambda s: s.desk.close(s.stranger.user_id, request(), s.order_id),
    ),
    (
        "modify another's",
        Code.ORDER_UNKNOWN,
        lambda s: s.desk.modify(s.stranger.user_id, request(), s.order_id, stop_loss=Trigger.REMOVE),
    ),
    ("close all of nobody", Code.ACCOUNT_UNKNOWN, lambda s: s.desk.close_all("nobody", request())),
    # The position closes at the bid, 64493.67.
    ("stop at the bid", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.modifies(stop_loss=644_936_700)),
    ("stop above the bid", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.modifies(stop_loss=644_936_701)),
    ("stop at nothing", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.modifies(stop_loss=0)),
    ("take at the bid", Code.TAKE_PROFIT_WRONG_SIDE, lambda s: s.modifies(take_profit=644_936_700)),
    ("take past all", Code.TAKE_PROFIT_WRONG_SIDE, lambda s: s.modifies(take_profit=PRICE_RAW_MAX + 1)),
    (
        "one right, one wrong",
        Code.STOP_LOSS_WRONG_SIDE,
        lambda s: s.modifies(take_profit=700_000_000, stop_loss=700_000_000),
    ),
    ("close 0 %", Code.PERCENTAGE_OUT_OF_RANGE, lambda s: s.closes_part(0)),
    ("close 100 %", Code.PERCENTAGE_OUT_OF_RANGE, lambda s: s.closes_part(100)),
    ("open without a price", Code.PRICE_UNKNOWN, lambda s: s.opens(asset="SOL")),
    ("stop a long above", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.opens(stop_loss="64506.5701")),
    ("stop a long at the entry", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.opens(stop_loss="64506.5700")),
    ("stop a long nowhere", Code.STOP_LOSS_WRONG_SIDE, lambda s: s.opens(stop_loss=PRICE_RAW_MAX + 1)),
    ("take a long at the entry", Code.TAKE_PROFIT_WRONG_SIDE, lambda s: s.opens(take_profit="64506.5700")),
    ("take a long at nothing", Code.TAKE_PROFIT_WRONG_SIDE, lambda s: s.opens(take_profit=0)),
]


each_command = pytest.mark.parametrize(
    ("code", "command"), [entry[1:] for entry in COMMANDS], ids=[entry[0] for entry in COMMANDS]
)


@each_command
def test_a_refused_command_changes_nothing(
    scene: Scene, order_state: redis.Redis, code: Code, command: Callable[[Scene], object]
) -> None:
    before = state_of(order_state, MEMORY)

    with pytest.raises(Refused) as refusal:
        command(scene)

    assert refusal.value.code is code
    assert state_of(order_state, MEMORY) == before


def test_a_stale_price_fills_nothing(desk: OrderDesk, order_state: redis.Redis) -> None:
    trader, market = Trader.with_balance(desk), Market(desk)
    market.trades_at("64500.12")
    order_id = position_of(trader.buys(10_000, 10)).order_id
    assert not desk.quotes()["BTC"].stale
    stale_after(order_state, 1)
    eventually(lambda: desk.quotes()["BTC"].stale, what="the price to be stale")
    before = state_of(order_state, MEMORY)
    commands: list[Callable[[], object]] = [
        lambda: trader.buys(10_000, 10),
        lambda: desk.close(trader.user_id, request(), order_id),
        lambda: desk.partial_close(trader.user_id, request(), order_id, percentage=50, part_id="part"),
    ]

    for command in commands:
        with pytest.raises(Refused) as refusal:
            command()
        assert refusal.value.code is Code.PRICE_STALE

    assert state_of(order_state, MEMORY) == before
    stale_after(order_state, HOUR_MS)
    market.trades_at("64500.12")
    desk.close(trader.user_id, request(), order_id)


def test_one_more_than_the_most_positions_is_refused(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    desk = make_desk(positions_per_account_max=2)
    trader = Trader.with_balance(desk)
    Market(desk).trades_at("64500.12")
    trader.buys(1_000, 1)
    trader.sells(1_000, 1)
    before = state_of(order_state, MEMORY)

    with pytest.raises(Refused) as refusal:
        trader.buys(1_000, 1)

    assert refusal.value.code is Code.TOO_MANY_POSITIONS
    assert refusal.value.details == {"most": "2"}
    assert state_of(order_state, MEMORY) == before


def test_a_position_of_one_cent_cannot_be_divided(desk: OrderDesk, order_state: redis.Redis) -> None:
    trader = Trader.with_balance(desk)
    Market(desk).trades_at("64500.12")
    order_id = position_of(trader.buys(1_000, 1)).order_id
    for part in ("first", "second"):
        desk.partial_close(trader.user_id, request(), order_id, percentage=99, part_id=part)
    assert [position.margin for position in trader.positions] == [1]
    before = state_of(order_state, MEMORY)

    with pytest.raises(Refused) as refusal:
        desk.partial_close(trader.user_id, request(), order_id, percentage=99, part_id="third")

    assert refusal.value.code is Code.TOO_SMALL
    assert state_of(order_state, MEMORY) == before


@pytest.mark.parametrize(
    ("code", "price", "trade_id"),
    [
        (Code.TRADE_ID_NOT_ABOVE, 645_000_000, 1_000),
        (Code.TRADE_ID_NOT_ABOVE, 645_000_000, 999),
        (Code.TICK_OUT_OF_RANGE, 0, 1_001),
        (Code.TICK_OUT_OF_RANGE, -645_000_000, 1_001),
        # Its bid would be 0.
        (Code.TICK_OUT_OF_RANGE, 1, 1_001),
        (Code.TICK_OUT_OF_RANGE, PRICE_RAW_MAX + 1, 1_001),
        (Code.TICK_OUT_OF_RANGE, 645_000_000, -1),
        (Code.TICK_OUT_OF_RANGE, 645_000_000, 2**53),
    ],
)
def test_a_refused_tick_changes_nothing(
    desk: OrderDesk, order_state: redis.Redis, code: Code, price: int, trade_id: int
) -> None:
    Market(desk).trades_at("64500.12", trade_id=1_000)
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 100)
    before = state_of(order_state)

    result = desk.apply_tick(make_tick("BTC", price, trade_id=trade_id))

    assert (result.accepted, result.refusal, result.fired) == (False, code, 0)
    assert state_of(order_state) == before


def test_a_tick_of_an_unknown_asset_is_refused(desk: OrderDesk, order_state: redis.Redis) -> None:
    before = state_of(order_state)

    result = desk.apply_tick(make_tick("DOGE", "0.1"))

    assert result.refusal is Code.ASSET_UNKNOWN
    assert state_of(order_state) == before


def test_every_code_is_refused_by_some_test_here() -> None:
    elsewhere = {
        Code.ACCOUNT_EXISTS,
        Code.BALANCE_TOO_LARGE,
        Code.FENCED,
        Code.LEASE_HELD,
        Code.STATE_UNPROVEN,
        Code.SNAPSHOT_UNREADABLE,
        Code.PRICE_UNCONFIRMED,
        Code.PRICE_MOVING,
        Code.PRICE_STALE,
        Code.TOO_MANY_POSITIONS,
        Code.TOO_SMALL,
        Code.TICK_OUT_OF_RANGE,
        Code.TRADE_ID_NOT_ABOVE,
        # test_limits.py
        Code.ACCOUNT_HALTED,
        Code.ASSET_CLOSE_ONLY,
        Code.EXPOSURE_ABOVE_LIMIT,
        Code.LEVERAGE_ABOVE_LIMIT,
        Code.POSITION_ABOVE_LIMIT,
    }

    assert {code for _, code, _ in COMMANDS} | elsewhere == set(Code)
