"""A shard's events out of PostgreSQL, some at a time, each held against hash, ledger entries and closing."""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa

from market.trades import at_ms
from workers.hashchain import FIRST_HASH, event_hash
from workers.verification.bookings import Bookings
from workers.verification.fold import Fields, Place, ShardFold, event_id_of
from workers.verification.report import Progress

CHUNK_EVENTS = 5_000

# By their key, chunk by chunk, in one snapshot: what a cursor would read, without holding one on the server.
_EVENTS = sa.text(
    "SELECT event_ms, event_number, user_id::text, seq, kind, balance,"
    " round(extract(epoch from at) * 1000)::bigint, fields::text, hash"
    " FROM order_events WHERE shard = :shard AND (event_ms, event_number) > (:ms, :number)"
    " ORDER BY event_ms, event_number LIMIT :limit"
)
_ENTRIES = sa.text(
    "SELECT event_ms, event_number, count(*),"
    " string_agg(account || ':' || amount || ':' || user_id, ' ' ORDER BY account COLLATE \"C\")"
    " FROM ledger_entries WHERE shard = :shard"
    " AND (event_ms, event_number) > (:ms, :number) AND (event_ms, event_number) <= (:last_ms, :last_number)"
    " GROUP BY event_ms, event_number"
)
_OFFSET = sa.text("SELECT event_ms, event_number, hash FROM journal_offsets WHERE shard = :shard")

# Columns of closed_orders as an event tells them: text, numbers, numbers that may be missing, times in ms.
_TEXTS = ("order_id", "user_id", "asset", "side", "reason", "parent_order_id")
_NUMBERS = (
    *("margin", "initial_margin", "added_margin", "notional", "leverage", "open_price", "liquidation_price"),
    *("opening_fee", "close_price", "pnl", "fee", "credit", "shortfall"),
)
_OPTIONAL = (
    *("take_profit", "stop_loss", "trailing_distance", "trailing_peak", "trailing_price"),
    *("receipt_trade_id", "receipt_price", "receipt_bid", "receipt_ask", "receipt_trigger"),
)
_TIMES = ("opened_at", "closed_at", "receipt_time")
_COLUMNS = (*_TEXTS, *_NUMBERS, *_OPTIONAL, *_TIMES)
_CLOSED = sa.text(
    "SELECT order_id::text, user_id::text, asset, side, reason, parent_order_id::text,"  # noqa: S608 - own names
    f" {', '.join(_COLUMNS[len(_TEXTS) :])} FROM closed_orders WHERE order_id = ANY(cast(:orders AS uuid[]))"
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_numbers = itemgetter(*_NUMBERS)
Closings = Mapping[str, tuple[Any, ...]]


class ShardReader:
    """Folds a shard's events out of PostgreSQL; called again in a newer snapshot, those that came since."""

    def __init__(self, fold: ShardFold, progress: Progress) -> None:
        self._fold = fold
        self._progress = progress
        # The end of the chain, and what it is of: the fold may have gone further, along the stream.
        self._hash = FIRST_HASH
        self._read_to: Place = (0, 0)

    @property
    def end(self) -> tuple[int, str, str]:
        """The shard, and hash and id of the newest event that was read."""
        return self._fold.shard, self._hash.hex(), event_id_of(self._read_to)

    def read(self, connection: sa.Connection) -> None:
        """Folds all events after the fold's last. Raises Difference."""
        while self._read_chunk(connection):
            self._progress.at(f"{self._progress.counts.events:,} events")
        self._check_offset(connection)

    def _read_chunk(self, connection: sa.Connection) -> bool:
        ms, number = self._read_to
        span = {"shard": self._fold.shard, "ms": ms, "number": number}
        rows = connection.execute(_EVENTS, span | {"limit": CHUNK_EVENTS}).all()
        if not rows:
            return False
        last = {"last_ms": rows[-1][0], "last_number": rows[-1][1]}
        entries = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_ENTRIES, span | last)}
        told = [orjson.loads(row[7]) for row in rows]
        closings = _read_closings(connection, told)
        for row, fields in zip(rows, told, strict=True):
            place = row[0], row[1]
            self._check_hash(place, row, fields)
            self._read_to = place
            if place <= self._fold.last:
                # Folded already, when it was in the stream.
                continue
            self._check_columns(place, row, fields)
            booked = self._fold.apply(place, fields)
            self._check_entries(place, fields, booked, entries.get(place, (0, "")))
            if fields["kind"] == "closed":
                self._check_closing(place, fields, closings)
        self._progress.counts.events += len(rows)
        return True

    def _check_hash(self, place: Place, row: sa.Row[Any], fields: Fields) -> None:
        _, _, user_id, seq, kind, balance, time_ms, _, link = tuple(row)
        event_id = event_id_of(place)
        self._hash = event_hash(
            self._hash,
            shard=self._fold.shard,
            event_id=event_id,
            user_id=user_id,
            seq=seq,
            kind=kind,
            balance=balance,
            at_ms=time_ms,
            fields=fields,
        )
        if self._hash != bytes(link):
            raise self._fold.difference(
                "its hash is not that of its content and the event before it: it was changed,"
                " or one before it was changed or is missing",
                event_id,
                {"user_id": user_id},
            )

    def _check_columns(self, place: Place, row: sa.Row[Any], fields: Fields) -> None:
        _, _, user_id, seq, kind, balance, time_ms, _, _ = tuple(row)
        columns = {
            "user_id": user_id,
            "seq": str(seq),
            "kind": kind,
            "balance": str(balance),
            "at_ms": str(time_ms),
        }
        for name, value in columns.items():
            if fields.get(name) != value:
                what = f"its column {name.removesuffix('_ms')} says {value}, its fields {fields.get(name)}"
                raise self._fold.difference(what, event_id_of(place), fields)

    def _check_entries(self, place: Place, fields: Fields, booked: Bookings, found: tuple[int, str]) -> None:
        count, text = found
        user_id = fields["user_id"]
        if text != " ".join([f"{account}:{amount}:{user_id}" for account, amount in booked]):
            should = " ".join(f"{account}:{amount}" for account, amount in booked)
            is_now = text.replace(f":{user_id}", "")
            what = f"its ledger entries are {is_now or 'none'}, should be {should or 'none'}"
            raise self._fold.difference(what, event_id_of(place), fields)
        self._progress.counts.entries += count

    def _check_closing(self, place: Place, fields: Fields, closings: Closings) -> None:
        row = closings.get(fields["order_id"])
        if row is None:
            what = f"order {fields['order_id']} is missing in closed_orders"
            raise self._fold.difference(what, event_id_of(place), fields)
        expected = _closed_row(fields)
        if row != expected:
            wrong = next(
                f"{name} is {is_now}, should be {should}"
                for name, is_now, should in zip(_COLUMNS, row, expected, strict=True)
                if is_now != should
            )
            what = f"closed_orders says of order {fields['order_id']}: {wrong}"
            raise self._fold.difference(what, event_id_of(place), fields)
        self._progress.counts.closed += 1

    def _check_offset(self, connection: sa.Connection) -> None:
        offset = connection.execute(_OFFSET, {"shard": self._fold.shard}).one_or_none()
        place = (offset[0], offset[1]) if offset else (0, 0)
        if place != self._read_to:
            raise self._fold.difference(
                f"it is the last of order_events, but journal_offsets says {event_id_of(place)}:"
                " events are missing at the end, or were added",
                event_id_of(self._read_to),
                {},
            )
        if offset and bytes(offset[2]) != self._hash:
            what = "its hash is not the one that journal_offsets has"
            raise self._fold.difference(what, event_id_of(place), {})


def _read_closings(connection: sa.Connection, told: list[Fields]) -> Closings:
    named = [str(fields.get("order_id")) for fields in told if fields.get("kind") == "closed"]
    # Another id than a UUID is no order's: the fold will say so.
    orders = [order for order in named if _UUID.fullmatch(order)]
    if not orders:
        return {}
    return {row[0]: tuple(row) for row in connection.execute(_CLOSED, {"orders": orders})}


def _closed_row(fields: Fields) -> tuple[Any, ...]:
    """The row of closed_orders that follows from a `closed` event."""
    get = fields.get
    receipt_ms = get("receipt_time_ms")
    return (
        *(fields["order_id"], fields["user_id"], fields["asset"], fields["side"], fields["reason"]),
        get("parent_order_id") or None,
        *map(int, _numbers(fields)),
        *[int(text) if (text := get(name)) else None for name in _OPTIONAL],
        *(at_ms(int(fields["opened_at_ms"])), at_ms(int(fields["closed_at_ms"]))),
        at_ms(int(receipt_ms)) if receipt_ms else None,
    )
