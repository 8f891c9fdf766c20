"""Two ways to the desk: its HTTP API, and the order state's client that the web itself uses."""

import hashlib
import http.client
from collections.abc import Mapping
from typing import Any, Protocol

import orjson
import redis

from blueprints.errors import REFUSALS
from domain.orders import OrderEvent, Side
from domain.units import PRICE_DECIMALS, USD_DECIMALS, decimal_text
from orders.client import OpenOrder, OrderDesk, Request, Trigger
from orders.codes import Code, Refused
from tests.faults.log import Command, Kind, Told, told

HTTP_TIMEOUT_S = 3.0
# How the web names a request by its client's key.
KEY_PREFIX = "client:"
UNAVAILABLE = "unavailable"


class NoAnswer(Exception):
    """Nobody knows whether the command was done."""


class NotNow(Exception):
    """The desk says that it did nothing and may do it later."""


class Closed(Exception):
    """The desk is not open yet and can't look whether an earlier try of the same command was done."""


class Denied(Exception):
    """The desk says that it did nothing and won't; the message is its code."""


class Channel(Protocol):
    """Where commands are sent."""

    prefix: str

    def send(self, command: Command) -> tuple[Told, ...]:
        """What the desk says it did. Raises NoAnswer, NotNow, Closed or Denied."""

    def open_orders(self, user_id: str) -> dict[str, int]:
        """The open orders and their opening prices (raw). Raises NoAnswer or NotNow."""


def refusal(code: str) -> NotNow | Closed | Denied:
    """A refusal as the edge's table has it: 503 passes by itself."""
    if code == Code.STATE_UNPROVEN:
        # It comes before the look at the request id. Whoever sent the command on, the web or a client
        # library, may have tried before by itself, and lost the answer with the server.
        return Closed(code)
    status, _ = REFUSALS[code]
    return NotNow(code) if status == 503 else Denied(code)


class DirectChannel:
    """The order state's own client."""

    prefix = "direct:"

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def send(self, command: Command) -> tuple[Told, ...]:
        """What was done, whole. Raises NoAnswer, NotNow, Closed or Denied."""
        try:
            return tuple(map(told, self._do(command)))
        except Refused as error:
            raise refusal(error.code) from error
        except redis.RedisError as error:
            raise NoAnswer(type(error).__name__) from error

    def open_orders(self, user_id: str) -> dict[str, int]:
        """The open orders and their opening prices. Raises NoAnswer or NotNow."""
        try:
            return {order.order_id: order.open_price for order in self._desk.account(user_id).positions}
        except Refused as error:
            raise NotNow(error.code) from error
        except redis.RedisError as error:
            raise NoAnswer(type(error).__name__) from error

    def _do(self, command: Command) -> tuple[OrderEvent, ...]:
        desk, user, args = self._desk, command.user_id, command.args
        asked = Request(command.request_id, _digest(command))
        match command.kind:
            case Kind.OPEN:
                order = OpenOrder(**{**args, "side": Side(args["side"])})
                return (desk.open(user, asked, order),)
            case Kind.CLOSE:
                return (desk.close(user, asked, args["order_id"]),)
            case Kind.PARTIAL_CLOSE:
                return desk.partial_close(user, asked, **args)
            case Kind.MODIFY:
                stop = Trigger.REMOVE if args["stop_loss"] is None else args["stop_loss"]
                return (desk.modify(user, asked, args["order_id"], stop_loss=stop),)
            case Kind.ADD_MARGIN:
                return (desk.add_margin(user, asked, args["order_id"], args["amount"]),)
            case Kind.DEPOSIT:
                return (desk.deposit(user, asked, args["amount"]),)


def _digest(command: Command) -> str:
    return hashlib.sha256(orjson.dumps([command.kind, dict(command.args)])).hexdigest()


class HttpChannel:
    """One trader's program on the REST API, on one connection that it makes anew when it breaks."""

    prefix = KEY_PREFIX

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_TIMEOUT_S)
        self._headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )

    def send(self, command: Command) -> tuple[Told, ...]:
        """What was done, as far as the answer shows it. Raises NoAnswer, NotNow, Closed or Denied."""
        key = command.request_id.removeprefix(KEY_PREFIX)
        path, body = _http_request(command)
        return _told_by_http(command, self.call("POST", f"/trade/{path}", body, {"Idempotency-Key": key}))

    def open_orders(self, user_id: str) -> dict[str, int]:
        """The open orders and their opening prices. Raises NoAnswer or NotNow."""
        try:
            answer = self.call("GET", "/trade/open")
        except (Denied, Closed) as error:
            raise NotNow(str(error)) from error
        return {order["orderId"]: order["openPrice"] for order in answer["orders"]}

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer's JSON. Raises NoAnswer, NotNow, Closed or Denied."""
        try:
            self._connection.request(
                method,
                f"/api/v2{path}",
                orjson.dumps(body) if body is not None else None,
                {**self._headers, **(headers or {})},
            )
            answer = self._connection.getresponse()
            found: dict[str, Any] = orjson.loads(answer.read())
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
            self._connection.close()
            raise NoAnswer(type(error).__name__) from error
        if answer.status < 300:
            return found
        if answer.status >= 500 and found.get("code") not in REFUSALS:
            # A server behind the edge went away in the middle of it.
            raise NoAnswer(f"{answer.status} {found.get('code')}")
        raise refusal(found["code"]) if found["code"] in REFUSALS else Denied(found["code"])


def _http_request(command: Command) -> tuple[str, dict[str, Any]]:
    """The path below /trade/ and the body."""
    args = command.args
    match command.kind:
        case Kind.OPEN:
            side = "buy" if args["side"] == Side.LONG else "sell"
            return "open", {
                "asset": args["asset"],
                "type": side,
                "margin": _usd(args["margin"]),
                "leverage": args["leverage"],
                "trailingStopLoss": _trailing(args["trailing_distance"]),
            }
        case Kind.CLOSE:
            return "close", {"orderId": args["order_id"]}
        case Kind.PARTIAL_CLOSE:
            return "partial-close", {"orderId": args["order_id"], "percentage": args["percentage"]}
        case Kind.MODIFY:
            stop = args["stop_loss"]
            return "modify", {"orderId": args["order_id"], "stopLoss": stop and _price(stop)}
        case Kind.ADD_MARGIN:
            return "add-margin", {
                "orderId": args["order_id"],
                "additionalMargin": _usd(args["amount"]),
            }
        case Kind.DEPOSIT:
            raise AssertionError("the API takes no deposits")


def _usd(cents: int) -> str:
    return decimal_text(cents, USD_DECIMALS)


def _price(raw: int) -> str:
    return decimal_text(raw, PRICE_DECIMALS)


def _trailing(distance: int | None) -> dict[str, Any]:
    return {"enabled": False} if distance is None else {"enabled": True, "trailingDistance": _price(distance)}


def _told_by_http(command: Command, answer: dict[str, Any]) -> tuple[Told, ...]:
    """The answer's facts under the names that the events have for them."""
    match command.kind:
        case Kind.OPEN:
            return (_facts("opened", answer["order"], **_ORDER, open_price="openPrice"),)
        case Kind.CLOSE:
            return (_facts("closed", answer, order_id="orderId", close_price="closePrice"),)
        case Kind.PARTIAL_CLOSE:
            return (
                _facts("closed", answer, margin="marginClosed", close_price="closePrice"),
                _facts("reduced", answer, order_id="orderId", margin="remainingMargin"),
            )
        case Kind.MODIFY:
            return (_facts("modified", answer["order"], **_ORDER, stop_loss="stopLoss"),)
        case _:
            return (_facts("margin_added", answer, order_id="orderId", margin="totalMargin"),)


_ORDER = {"order_id": "orderId", "margin": "margin", "notional": "notional"}


def _facts(kind: str, answer: Mapping[str, Any], **names: str) -> Told:
    values = {ours: answer[theirs] for ours, theirs in names.items()}
    return Told(kind, facts={name: "" if value is None else str(value) for name, value in values.items()})
