"""Recorded trades: CSV files (or .gz) with the columns trade_id, price, quantity, time_ms, is_buyer_maker.

Files are streamed, never held in memory; a row that is wrong stops the start with its line number.
"""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, Self, TextIO, cast

from domain.units import (
    PRICE_DECIMALS,
    PRICE_RAW_MAX,
    QUANTITY_DECIMALS,
    decimal_text,
    price_raw,
    quantity_raw,
)

COLUMNS = ("trade_id", "price", "quantity", "time_ms", "is_buyer_maker")
_SIDES = {"true": True, "false": False}


class BadRecording(ValueError):
    """The file is missing, empty, or holds a row that is no trade; the message says which."""


@dataclass(frozen=True, slots=True)
class RecordedTrade:
    """One row: price raw, quantity x 10^8, time in ms."""

    trade_id: int
    price: int
    quantity: int
    time_ms: int
    buyer_is_maker: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of trades and what a replay must know of the whole of it before the first row."""

    path: Path
    digest: str
    trades: int
    trade_id_min: int
    trade_id_max: int
    first_time_ms: int
    time_ms_max: int

    @classmethod
    def scan(cls, path: Path) -> Self:
        """Reads the whole file once, checking every row; raises BadRecording."""
        digest = hashlib.sha256()
        trades = first_time_ms = time_ms_max = 0
        trade_ids: tuple[int, int] | None = None
        for trade in _read(path):
            digest.update(repr(trade).encode())
            if trade_ids is None:
                first_time_ms = time_ms_max = trade.time_ms
                trade_ids = (trade.trade_id, trade.trade_id)
            trades += 1
            trade_ids = min(trade_ids[0], trade.trade_id), max(trade_ids[1], trade.trade_id)
            time_ms_max = max(time_ms_max, trade.time_ms)
        if trade_ids is None:
            raise BadRecording(f"{path} holds no trades")
        return cls(
            path=path,
            digest=digest.hexdigest(),
            trades=trades,
            trade_id_min=trade_ids[0],
            trade_id_max=trade_ids[1],
            first_time_ms=first_time_ms,
            time_ms_max=time_ms_max,
        )

    def rows(self, start: int = 0) -> Iterator[RecordedTrade]:
        """The trades in the file's order, from row `start` (0 the first); raises BadRecording."""
        return _read(self.path, start)


def write_recording(path: Path, trades: Iterable[RecordedTrade]) -> int:
    """Writes the trades to a CSV file, compressed when it is named .gz; how many they were."""
    count = 0
    with _open(path, "wt") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for trade in trades:
            price = decimal_text(trade.price, PRICE_DECIMALS)
            quantity = decimal_text(trade.quantity, QUANTITY_DECIMALS)
            side = "true" if trade.buyer_is_maker else "false"
            rows.writerow((trade.trade_id, price, quantity, trade.time_ms, side))
            count += 1
    return count


def _read(path: Path, start: int = 0) -> Iterator[RecordedTrade]:
    with _open(path, "rt") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != COLUMNS:
            raise BadRecording(f"{path} must begin with the line {','.join(COLUMNS)}")
        for number, row in enumerate(islice(rows, start, None), start + 2):
            try:
                yield _trade(row)
            except ValueError as error:
                raise BadRecording(f"{path}, line {number}: {error}") from error
            except KeyError as error:
                why = f"is_buyer_maker is true or false, not {error}"
                raise BadRecording(f"{path}, line {number}: {why}") from error


def _trade(row: list[str]) -> RecordedTrade:
    trade_id, price, quantity, time_ms, side = row
    trade = RecordedTrade(
        trade_id=int(trade_id),
        price=price_raw(price),
        quantity=quantity_raw(quantity),
        time_ms=int(time_ms),
        buyer_is_maker=_SIDES[side.lower()],
    )
    if trade.trade_id < 0 or trade.quantity <= 0 or trade.time_ms <= 0:
        raise ValueError("the id must not be negative; quantity and time must be positive")
    if not 0 < trade.price <= PRICE_RAW_MAX:
        raise ValueError(f"the price {price} is not positive, or too large")
    return trade


@contextmanager
def _open(path: Path, mode: Literal["rt", "wt"]) -> Iterator[TextIO]:
    """The file as text; whatever makes it unreadable is a BadRecording."""
    try:
        with gzip.open(path, mode) if path.suffix == ".gz" else path.open(mode, newline="") as file:
            yield cast(TextIO, file)
    except (OSError, EOFError, UnicodeError, zlib.error, csv.Error) as error:
        raise BadRecording(f"{path}: {error}") from error
