"""A thin typed client of the Lua library: text in, dataclasses out, refusals as exceptions.

Nothing is computed here. Every mutating call takes a request id and a digest of what was asked; a retry of
the same request gets the first answer, also the retries that redis-py makes by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, cast

import redis

from domain.instruments import ASSETS
from domain.messages import Tick
from domain.orders import Account, EventId, House, OrderEvent, OrderPreview, Position, Quote, Side
from orders.calls import call_shard
from orders.codes import Code, Refused
from orders.gate import read_state
from orders.house import read_house
from orders.keys import account_key, shard_of
from orders.ticks import NO_LEASE, TickResult, apply_ticks, ask_in_turn
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a command happen once: its id, and the digest (64 hex digits) of what it asks for.

    trace: the HTTP request that it came with, as logs and the command's events name it; empty for none.
    """

    request_id: str
    digest: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """What is asked for by an open. Money in cents, prices raw."""

    order_id: str
    asset: str
    side: Side
    margin: int
    leverage: int
    take_profit: int | None = None
    stop_loss: int | None = None
    trailing_distance: int | None = None


class Trigger(StrEnum):
    """What may be asked of a trigger besides a new price."""

    KEEP = ""
    REMOVE = "none"


@dataclass(frozen=True, slots=True)
class ClosedAll:
    """What became of a close-all: the closings, oldest position first, and the orders that stay, with why."""

    closed: tuple[OrderEvent, ...]
    failed: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True)
class WasReset:
    """What became of a reset: the closings, oldest position first, and the event that set the balance."""

    closed: tuple[OrderEvent, ...]
    reset: OrderEvent


class OrderDesk:
    """The order state, spread over the deployment's shards."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._client = client
        self._shards = settings.order_shards

    def open_account(self, user_id: str, start_balance: int) -> bool:
        """Makes the account with its first deposit; False when it was there, and nothing changed."""
        answer = self._call("open_account", user_id, user_id, start_balance)
        return bool(answer["created"] == "1")

    def deposit(self, user_id: str, request: Request, amount: int) -> OrderEvent:
        """Adds cents to the balance. Raises Refused."""
        return self._event(user_id, self._command("deposit", user_id, request, amount))

    def adjust(self, user_id: str, request: Request, amount: int) -> OrderEvent:
        """Adds cents to the balance or, below zero, takes them: an operator's correction. Raises Refused."""
        return self._event(user_id, self._command("adjust", user_id, request, amount))

    def reset(self, user_id: str, request: Request, start_balance: int) -> WasReset:
        """Closes every position and sets the balance (cents), or does nothing. Raises Refused."""
        answer = self._command("reset", user_id, request, start_balance)
        return WasReset(
            # Lua can't tell an empty list from an empty table.
            closed=tuple(self._event(user_id, fields) for fields in answer["closed"] or ()),
            reset=self._event(user_id, answer["reset"]),
        )

    def open(self, user_id: str, request: Request, order: OpenOrder) -> OrderEvent:
        """Opens a position at the current price. Raises Refused."""
        return self._event(user_id, self._command("open", user_id, request, *_asked(order)))

    def preview(self, user_id: str, order: OpenOrder) -> OrderPreview:
        """What opening it now would do; nothing is done. Raises Refused as `open` would."""
        answer = self._read("preview", user_id, user_id, *_asked(replace(order, order_id="")))
        return OrderPreview(
            position=Position.from_fields(answer),
            fee=int(answer["fee"]),
            balance_after=int(answer["balance_after"]),
            gain_per_percent=int(answer["gain_per_percent"]),
            pnl_at_take_profit=_optional(answer["pnl_at_take_profit"]),
            pnl_at_stop_loss=_optional(answer["pnl_at_stop_loss"]),
        )

    def close(self, user_id: str, request: Request, order_id: str) -> OrderEvent:
        """Closes a position at the current price. Raises Refused."""
        return self._event(user_id, self._command("close", user_id, request, order_id))

    def close_all(self, user_id: str, request: Request, *, asset: str | None = None) -> ClosedAll:
        """Closes every position, or those in one asset, at the current prices. Raises Refused."""
        answer = self._command("close_all", user_id, request, asset or "")
        return ClosedAll(
            # Lua can't tell an empty list from an empty table.
            closed=tuple(self._event(user_id, fields) for fields in answer["closed"] or ()),
            failed=tuple((each["order_id"], Code(each["refused"])) for each in answer["failed"] or ()),
        )

    def modify(
        self,
        user_id: str,
        request: Request,
        order_id: str,
        *,
        take_profit: int | Trigger = Trigger.KEEP,
        stop_loss: int | Trigger = Trigger.KEEP,
        trailing_distance: int | Trigger = Trigger.KEEP,
    ) -> OrderEvent:
        """Sets (raw prices), keeps or removes a position's triggers. Raises Refused.

        A trailing stop that is set follows from the current closing price on; the distance that it has
        already keeps its peak.
        """
        answer = self._command(
            "modify", user_id, request, order_id, take_profit, stop_loss, trailing_distance
        )
        return self._event(user_id, answer)

    def partial_close(
        self, user_id: str, request: Request, order_id: str, *, percentage: int, part_id: str
    ) -> tuple[OrderEvent, OrderEvent]:
        """Closes a part under an id of its own; the closed part's event and the rest's. Raises Refused."""
        answer = self._command("partial_close", user_id, request, order_id, percentage, part_id)
        return self._event(user_id, answer["closed"]), self._event(user_id, answer["rest"])

    def add_margin(self, user_id: str, request: Request, order_id: str, amount: int) -> OrderEvent:
        """Adds cents to a position's margin. Raises Refused."""
        return self._event(user_id, self._command("add_margin", user_id, request, order_id, amount))

    def account(self, user_id: str) -> Account:
        """The account as it stands, atomically. Raises Refused when there is none."""
        answer = self._read("read_account", user_id, user_id)
        return Account(
            user_id=user_id,
            balance=int(answer["balance"]),
            seq=int(answer["seq"]),
            # Lua can't tell an empty list from an empty table.
            positions=tuple(Position.from_fields(fields) for fields in answer["positions"] or ()),
            last_event_id=EventId.parse(answer["last_event_id"]),
            shard=shard_of(user_id, self._shards),
        )

    def house(self, shard: int) -> House:
        """What the house has made by a shard's accounts, and what is open there, all at one moment."""
        return read_house(self._client, shard)[0]

    def seq(self, user_id: str) -> int:
        """The number of the account's newest event; 0 when there is no such account."""
        key = account_key(shard_of(user_id, self._shards), user_id)
        return int(cast("bytes | None", self._client.hget(key, "seq")) or 0)

    def quotes(self) -> dict[str, Quote]:
        """The newest price of each asset that has one. Ticks go to every shard: any shard knows."""
        answer = call_shard(self._client, "read_quotes", 0, *ASSETS, write=False)
        return {fields["symbol"]: _quote(fields) for fields in answer or ()}

    def apply_tick(self, tick: Tick, *, token: int = NO_LEASE) -> TickResult:
        """Applies one tick. Raises as `apply_ticks` does; the feed has a quicker way, a TickLane."""
        ask = partial(ask_in_turn, self._client)
        return apply_ticks(ask, self._shards, [tick], token=token)[0]

    def check_open(self) -> None:
        """Raises Refused (state_unproven) while a shard is closed, ResponseError without the library."""
        for shard in range(self._shards):
            if not read_state(self._client, shard).open:
                raise Refused(Code.STATE_UNPROVEN, {})

    def _command(self, name: str, user_id: str, request: Request, *args: str | int) -> dict[str, Any]:
        return self._call(name, user_id, user_id, request.request_id, request.digest, request.trace, *args)

    def _call(self, name: str, user_id: str, *args: str | int) -> dict[str, Any]:
        answer: dict[str, Any] = call_shard(self._client, name, shard_of(user_id, self._shards), *args)
        return answer

    def _read(self, name: str, user_id: str, *args: str | int) -> dict[str, Any]:
        shard = shard_of(user_id, self._shards)
        answer: dict[str, Any] = call_shard(self._client, name, shard, *args, write=False)
        return answer

    def _event(self, user_id: str, answer: Mapping[str, str]) -> OrderEvent:
        fields = {name: value for name, value in answer.items() if name != "event_id"}
        return OrderEvent.from_fields(
            EventId.parse(answer["event_id"]), shard_of(user_id, self._shards), fields
        )


def _quote(fields: Mapping[str, str]) -> Quote:
    return Quote(
        symbol=fields["symbol"],
        bid=int(fields["bid"]),
        ask=int(fields["ask"]),
        price=int(fields["price"]),
        trade_id=int(fields["trade_id"]),
        event_time_ms=int(fields["event_time_ms"]),
        applied_at_ms=int(fields["applied_at_ms"]),
        source=fields["source"].partition(":")[0],
        stale=fields["stale"] == "1",
    )


def _asked(order: OpenOrder) -> tuple[str | int, ...]:
    return (
        order.order_id,
        order.asset,
        order.side,
        order.margin,
        order.leverage,
        _text(order.take_profit),
        _text(order.stop_loss),
        _text(order.trailing_distance),
    )


def _optional(text: str) -> int | None:
    return int(text) if text else None


def _text(price: int | None) -> str | int:
    return "" if price is None else price
