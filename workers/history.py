"""The days before the desk was there: which feed's they are, and the job that fills them with candles."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from domain.instruments import ASSETS, Asset
from market.history.filling import FILLINGS, Filling, NoTradesYet, Sources
from market.history.minutes import last_days
from orders.client import OrderDesk
from runtime.binance import BinanceError
from runtime.logs import get_logger
from runtime.settings import Settings
from workers.locks import Lock, allow_idle, try_lock
from workers.recurring import comes_again
from workers.resources import resources

log = get_logger(__name__)

# After that the job leaves the rest to its next start: its time limit, which would park it, is far.
JOB_LIMIT_S = 240.0
PROGRESS_EVERY_S = 5.0
# A fill that takes longer lets another begin beside it, which is not worse than asking for some pages twice.
LOCK_LIMIT_MS = 3_600_000


class AlreadyFilling(Exception):
    """Another process is at it."""


@comes_again
def backfill_candles() -> None:
    """Actor: fills what is missing of the last HISTORY_DAYS, or as much of it as can be had now."""
    mine = resources()
    feed = live_feed(mine.settings, mine.desk)
    if feed not in FILLINGS:
        return
    sources = Sources(mine.settings, mine.database, mine.exchange)
    deadline = time.monotonic() + JOB_LIMIT_S
    try:
        with alone(mine.database):
            for asset in ASSETS.values():
                filling = plan(sources, feed, asset, days=mine.settings.history_days)
                if filling.missing:
                    fill(filling, feed, asset, deadline=deadline)
    except AlreadyFilling:
        log.debug("history is being filled by another")
    except NoTradesYet as error:
        log.debug("history waits", why=str(error))
    except BinanceError as error:
        log.warning("history not filled; the next start tries again", why=f"{type(error).__name__}: {error}")


def live_feed(settings: Settings, desk: OrderDesk) -> str | None:
    """The feed that prices come from: `binance`, `simulated` or `replay`; None while nobody knows."""
    if settings.market_feed != "auto":
        return settings.market_feed
    # What the poller chose, it says with every price.
    feeds = {quote.source for quote in desk.quotes().values() if not quote.stale}
    return feeds.pop() if len(feeds) == 1 else None


def plan(sources: Sources, feed: str, asset: Asset, *, days: int) -> Filling:
    """What is to be done for an asset; raises NoTradesYet, and PostgreSQL's errors."""
    return FILLINGS[feed](sources, asset, last_days(days, now_ms=time.time_ns() // 1_000_000))


@contextmanager
def alone(database: sa.Engine) -> Iterator[None]:
    """Keeps others from filling at the same time; raises AlreadyFilling when one is."""
    with database.begin() as locking:
        allow_idle(locking, limit_ms=LOCK_LIMIT_MS)
        if not try_lock(locking, Lock.HISTORY):
            raise AlreadyFilling
        yield


def fill(filling: Filling, feed: str, asset: Asset, *, deadline: float) -> None:
    """Does all pieces, or those that are done by the deadline, in time.monotonic's seconds, and one more."""
    began = told = time.monotonic()
    done = stored = 0
    for piece in filling.pieces:
        done += piece.minutes
        stored += piece.stored
        now = time.monotonic()
        if now >= deadline:
            break
        if now - told >= PROGRESS_EVERY_S:
            told = now
            log.info("filling history", asset=asset.symbol, minutes=done, of=filling.missing)
    log.info(
        "history filled" if done == filling.missing else "history filled in part",
        asset=asset.symbol,
        source=feed,
        minutes=done,
        of=filling.missing,
        stored=stored,
        seconds=round(time.monotonic() - began, 2),
    )
