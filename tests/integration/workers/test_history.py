"""The job that fills the days before the desk: with real workers, a real scheduler, and a small Binance."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from domain.instruments import ASSETS
from models import ParkedMessage
from orders.client import OrderDesk
from runtime.broker import Actor, Queue, enqueue, queue_length
from runtime.settings import Settings
from tests.support.back_office import BackOffice, DeskProcess
from tests.support.binance import FakeRest, fake_rest
from tests.support.market import make_tick
from tests.support.past_candles import last_week, stored_minutes, this_minute, trade_at
from tests.support.services import Services
from tests.support.stored import store
from tests.support.waiting import eventually
from workers.history import AlreadyFilling, alone, live_feed

# A killed worker's messages come back after Dramatiq's heartbeat_timeout, ten seconds.
GIVEN_BACK_LIMIT_S = 40.0
AMOUNT_LIMIT_S = 60.0
DAYS = 7


@pytest.fixture
def rest() -> Iterator[FakeRest]:
    """The exchange, with a past."""
    with fake_rest() as rest:
        yield rest


def start_worker(office: BackOffice, rest: FakeRest | None = None, **changed: Any) -> DeskProcess:
    """Workers of a desk that wants a week; on the exchange's prices when there is one."""
    if rest is not None:
        changed = {"market_feed": "binance", "binance_rest_urls": rest.url, "binance_rest_tries": 2} | changed
    return office.start_worker(history_days=DAYS, **changed)


def look(office: BackOffice) -> None:
    """What the schedule does now and then."""
    enqueue(office.broker, Actor.BACKFILL, Queue.HISTORY)


def is_whole(database: sa.Engine, source: str) -> bool:
    """Whether every asset has a week of that source's minutes, up to the last ones."""
    span = last_week()
    # Minutes may pass while the test runs.
    wanted = set(range(span.begin + 5, span.end - 5))
    return all(wanted <= set(stored_minutes(database, source, symbol)) for symbol in ASSETS)


def apply_price(desk: OrderDesk, symbol: str, source: str) -> None:
    tick = make_tick(1, symbol=symbol, source=source)
    assert desk.apply_tick(tick).accepted


def test_one_look_fills_a_week_of_klines_for_every_asset(office: BackOffice, rest: FakeRest) -> None:
    worker = start_worker(office, rest)
    look(office)
    eventually(lambda: worker.output.count("history filled") == 3, limit_s=AMOUNT_LIMIT_S)
    assert is_whole(office.database, "binance")
    assert rest.paths() == ["/api/v3/klines"] * 33


def test_one_look_makes_up_a_week_that_leads_to_the_first_trades(office: BackOffice) -> None:
    now = this_minute()
    store(office.database, [trade_at(now, symbol=symbol) for symbol in ASSETS])
    worker = start_worker(office, market_feed="simulated")
    look(office)
    eventually(lambda: worker.output.count("history filled") == 3, limit_s=AMOUNT_LIMIT_S)
    assert is_whole(office.database, "simulated")


def test_killed_in_the_middle_it_goes_on_and_asks_for_nothing_again(
    office: BackOffice, rest: FakeRest
) -> None:
    # Given a worker that has stored a page and waits for the next one's answer
    rest.hold_after(1)
    worker = start_worker(office, rest)
    look(office)
    eventually(lambda: len(stored_minutes(office.database, "binance")) == 1000)
    eventually(lambda: rest.held, what="a request that waits")
    worker.kill()
    rest.hold_after(None)
    start_worker(office, rest)
    # Its message comes back by itself
    eventually(lambda: is_whole(office.database, "binance"), limit_s=GIVEN_BACK_LIMIT_S + AMOUNT_LIMIT_S)
    # And the page that the killed one waited for is the only one that was asked for twice
    starts = [(asked.fields["symbol"], asked.fields["startTime"]) for asked in rest.asked]
    assert len(starts) - len(set(starts)) == 1


def test_a_binance_that_is_away_is_logged_tried_again_and_never_parked(
    office: BackOffice, rest: FakeRest
) -> None:
    rest.fail(503)
    worker = start_worker(office, rest)
    look(office)
    eventually(lambda: "history not filled" in worker.output)
    eventually(lambda: queue_length(office.broker, Queue.HISTORY) == 0)
    rest.fail(0)
    look(office)
    eventually(lambda: is_whole(office.database, "binance"), limit_s=AMOUNT_LIMIT_S)
    assert office.count(ParkedMessage) == 0


def test_klines_that_are_none_are_parked_for_somebody_to_look(office: BackOffice, rest: FakeRest) -> None:
    rest.answer_with(b"[[1, 2, 3]]")
    start_worker(office, rest)
    look(office)
    eventually(lambda: office.count(ParkedMessage) == 1)


def test_while_another_fills_nothing_is_asked(office: BackOffice, rest: FakeRest) -> None:
    worker = start_worker(office, rest)
    with alone(office.database):
        look(office)
        eventually(lambda: "history is being filled by another" in worker.output)
        assert rest.asked == []
    look(office)
    eventually(lambda: is_whole(office.database, "binance"), limit_s=AMOUNT_LIMIT_S)


def test_a_fill_does_not_lose_its_lock_to_the_servers_patience(office: BackOffice, rest: FakeRest) -> None:
    # Given a server that ends idle transactions after two seconds, and an exchange that takes longer
    rest.hold_after(0)
    start_worker(office, rest, database_timeout_s=1, binance_rest_timeout_s=30)
    look(office)
    eventually(lambda: rest.held)
    eventually(lambda: idle_s(office.database) > 3, limit_s=20, what="a transaction idle for so long")
    with pytest.raises(AlreadyFilling), alone(office.database):
        pass
    rest.hold_after(None)
    eventually(lambda: is_whole(office.database, "binance"), limit_s=AMOUNT_LIMIT_S)


def idle_s(database: sa.Engine) -> float:
    """How long the transaction has been idle that is so for the longest."""
    age = "SELECT extract(epoch FROM max(now() - state_change)) FROM pg_stat_activity"
    with database.connect() as connection:
        return float(connection.scalar(sa.text(f"{age} WHERE state = 'idle in transaction'")) or 0)


def test_a_replay_has_no_days_before_it(office: BackOffice) -> None:
    store(office.database, [trade_at(this_minute(), symbol=symbol) for symbol in ASSETS])
    start_worker(office, market_feed="replay", replay_file="none.csv")
    look(office)
    look(office)
    eventually(lambda: queue_length(office.broker, Queue.HISTORY) == 0)
    assert not is_whole(office.database, "simulated")
    assert office.count(ParkedMessage) == 0


def test_the_schedule_looks_soon_after_its_start(office: BackOffice, rest: FakeRest) -> None:
    office.start("workers.schedule", history_days=DAYS)
    eventually(lambda: queue_length(office.broker, Queue.HISTORY) >= 1, limit_s=20)


@pytest.mark.parametrize("source", ["binance", "simulated", "replay"])
def test_auto_is_the_feed_that_the_prices_come_from(settings: Settings, desk: OrderDesk, source: str) -> None:
    auto = settings.model_copy(update={"market_feed": "auto"})
    assert live_feed(auto, desk) is None
    apply_price(desk, "BTC", f"{source}:run" if source == "replay" else source)
    assert live_feed(auto, desk) == source


def test_auto_is_nothing_while_prices_disagree(settings: Settings, desk: OrderDesk) -> None:
    auto = settings.model_copy(update={"market_feed": "auto"})
    apply_price(desk, "BTC", "binance")
    apply_price(desk, "ETH", "simulated")
    assert live_feed(auto, desk) is None
    assert live_feed(settings, desk) == "simulated"


def test_postgresql_away_is_no_failure(office: BackOffice, rest: FakeRest, services: Services) -> None:
    worker = start_worker(office, rest)
    services.servers["postgres"].kill()
    look(office)
    eventually(lambda: "a server is away; the next start tries again" in worker.output, limit_s=20)
    services.servers["postgres"].start().wait()
    look(office)
    eventually(lambda: is_whole(office.database, "binance"), limit_s=AMOUNT_LIMIT_S)
    assert office.count(ParkedMessage) == 0
