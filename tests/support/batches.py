"""Batches of trades in the queue, as a batcher enqueues them."""

from collections.abc import Sequence
from uuid import uuid4

from market.trades import TradeColumns, TradeRow
from runtime.broker import Actor, Queue, enqueue
from tests.support.back_office import BackOffice


def send_batch(office: BackOffice, trades: Sequence[TradeRow]) -> str:
    """Enqueues one batch; returns its id."""
    batch_id = str(uuid4())
    enqueue(office.broker, Actor.PERSIST_TRADES, Queue.TRADES, batch_id, TradeColumns.of(trades))
    return batch_id


def send_unreadable_batch(office: BackOffice, name: str) -> None:
    """Enqueues what no actor can read, and no server is needed to see it."""
    enqueue(office.broker, Actor.PERSIST_TRADES, Queue.TRADES, name, "no trades")
