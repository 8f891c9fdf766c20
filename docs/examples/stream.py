"""Follows prices and an account's orders on a desk's live stream, whatever becomes of the connection.

    pip install websockets
    python stream.py ws://localhost:8080 key.txt

key.txt holds an API key that may read, or an access token. It is read again and again: a new one is said on
the connection that is open. Without a file there are prices only. What the messages mean: docs/stream.md.
"""

import argparse
import asyncio
import json
import random
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

SYMBOLS = ("BTC", "ETH", "SOL")
ORDER_MESSAGES = ("SNAPSHOT", "BALANCE", "ORDER_OPENED", "ORDER_UPDATED", "ORDER_CLOSED", "ORDER_LIQUIDATED")
PING_S = 5.0
# The longest pause before the next try: the first time, and after many in vain.
PAUSE_S = 0.5
PAUSE_MAX_S = 15.0

Message = dict[str, Any]


class Clock:
    """The desk's clock, as well as it can be known from here."""

    def __init__(self) -> None:
        # Of the last answers: how long each took, and how far ahead the desk's clock was, in milliseconds.
        self._compared: deque[tuple[float, float]] = deque(maxlen=12)

    def compare(self, pong: Message) -> None:
        """The desk looked at its clock between our question and its answer: in the middle, say."""
        took_ms = here_ms() - pong["sentAt"]
        self._compared.append((took_ms, pong["time"] - pong["sentAt"] - took_ms / 2))

    def now_ms(self) -> float:
        """Now by the desk's clock: the quickest answer errs least. Ours, before there was one."""
        _, ahead_ms = min(self._compared, default=(0.0, 0.0))
        return here_ms() + ahead_ms


class Account:
    """What the account has, as far as it was told. seq: the newest order message's number, 0 for none."""

    def __init__(self) -> None:
        self.seq = 0
        self.balance_cents = 0
        self.orders: dict[str, Message] = {}

    def take(self, message: Message) -> None:
        """An order message, or a snapshot: the relay sends each once, in order."""
        data = message["data"]
        match message["type"]:
            case "SNAPSHOT":
                self.orders = {order["orderId"]: order for order in data["orders"]}
            case "ORDER_OPENED" | "ORDER_UPDATED":
                self.orders[data["orderId"]] = data
            case "ORDER_CLOSED" | "ORDER_LIQUIDATED":
                self.orders.pop(data["orderId"], None)
        # BALANCE is one, all others have one.
        self.balance_cents = data.get("balance", data)["cents"]
        self.seq = message["seq"]


class Follower:
    """Connects, comes back when it is cut off, and goes on where it was."""

    def __init__(self, url: str, token_file: Path | None) -> None:
        self.url = url
        self.token_file = token_file
        self.clock = Clock()
        self.account = Account()
        self.pause_s = PAUSE_S

    async def run(self) -> None:
        """Follows until it is cancelled."""
        while True:
            try:
                async with connect(self.url) as connection:
                    await self.follow(connection)
                why = f"{connection.close_code} {connection.close_reason}".strip()
            except (OSError, InvalidHandshake, ConnectionClosed) as error:
                why = str(error)
            # A restarted desk must not meet everybody at once; one that is away is asked less and less often.
            pause_s = random.uniform(0, self.pause_s)
            self.pause_s = min(2 * self.pause_s, PAUSE_MAX_S)
            say(f"cut off ({why}), back in {pause_s:.1f} s")
            await asyncio.sleep(pause_s)

    async def follow(self, connection: ClientConnection) -> None:
        """Hears until the connection ends."""
        keeping_up = asyncio.create_task(self.keep_up(connection))
        with suppress(ConnectionClosed):
            async for text in connection:
                self.take(json.loads(text))
        keeping_up.cancel()

    async def keep_up(self, connection: ClientConnection) -> None:
        """Subscribes; signs in, and again when there is a newer token; compares clocks."""

        async def send(kind: str, **fields: Any) -> None:
            await connection.send(json.dumps({"type": kind, **fields}))

        said = ""
        with suppress(ConnectionClosed):
            for symbol in SYMBOLS:
                await send("SUBSCRIBE", symbol=symbol)
            while True:
                token = self.token()
                if token and token != said:
                    # In this order, what was missed comes before anything new.
                    await send("RESUME", seq=self.account.seq)
                    await send("AUTH", token=token)
                    said = token
                await send("PING", sentAt=here_ms())
                await asyncio.sleep(PING_S)

    def take(self, message: Message) -> None:
        """One message of the desk's."""
        match message["type"]:
            case "PRICE_UPDATE":
                self.show(message["data"])
            case kind if kind in ORDER_MESSAGES:
                self.account.take(message)
                balance, orders = self.account.balance_cents / 100, len(self.account.orders)
                say(f"#{message['seq']} {kind}: balance {balance:.2f} USD, {orders} open")
            case "RESUMED":
                say(f"nothing is missing up to #{message['seq']}")
            case "PONG":
                # All that was said before has been answered too: this connection is a good one.
                self.pause_s = PAUSE_S
                self.clock.compare(message)
            case "AUTHENTICATED":
                say(f"signed in as {message['userId']}")
            case "UNAUTHENTICATED" | "ERROR":
                say(message["message"])
            # SUBSCRIBED, and what newer desks may say, are passed over.

    def show(self, price: Message) -> None:
        """A price, and its age: since the trade, and since the desk received it."""
        bid, ask = (price[side] / 10 ** price["decimals"] for side in ("bidPrice", "askPrice"))
        age_ms, known_ms = (self.clock.now_ms() - price[time] for time in ("eventTime", "receivedTime"))
        say(f"{price['symbol']} {bid:.4f} {ask:.4f}, {age_ms:.1f} ms old, {known_ms:.1f} ms at the desk")

    def token(self) -> str:
        """The key or token of now; none while there is no file."""
        with suppress(OSError):
            return self.token_file.read_text().strip() if self.token_file else ""
        return ""


def here_ms() -> float:
    """Now by the clock of this machine, in milliseconds since the epoch."""
    return time.time() * 1000


def say(text: str) -> None:
    """Prints a line at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Follow a desk's live stream.")
    parser.add_argument("url", help="ws://localhost:8080, or wss://desk.example.com/ws")
    parser.add_argument("token_file", nargs="?", type=Path, help="a file with an API key or an access token")
    arguments = parser.parse_args()
    if arguments.token_file and not arguments.token_file.is_file():
        parser.error(f"there is no file {arguments.token_file}")
    with suppress(KeyboardInterrupt):
        asyncio.run(Follower(arguments.url, arguments.token_file).run())
