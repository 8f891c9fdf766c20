"""What can happen in a script, and what all parts of one draw from: the seed, the model, what is planned."""

import hashlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from domain.instruments import ASSETS
from domain.messages import Tick
from domain.orders import AssetLimits, Position
from orders.client import OpenOrder, Request
from tests.model.engine import Model

SYMBOLS = tuple(ASSETS)
RETRIES_KEPT = 40


@dataclass(frozen=True, slots=True)
class Command:
    """A call of the desk that has a request id. lost: its caller dies before the answer comes."""

    name: str
    user_id: str
    request: Request
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """Somebody asks what an order would do."""

    user_id: str
    order: OpenOrder


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account is opened, or one that is there again."""

    user_id: str
    balance: int


@dataclass(frozen=True, slots=True)
class Trade:
    """A tick. Its caller dies in a shard after so many calls, if `dies` says so."""

    tick: Tick
    dies: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Ageing:
    """No trade of an asset for longer than its price counts."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Limiting:
    """Operators allow less of an asset, or all of it again."""

    symbol: str
    limits: AssetLimits


@dataclass(frozen=True, slots=True)
class Halting:
    """Operators keep an account from opening positions, or let it again."""

    user_id: str
    halted: bool


Step = Command | Preview | NewAccount | Trade | Ageing | Limiting | Halting
# A step, or what chooses one when its turn comes.
Planned = Step | Callable[[], Step]


class Plan:
    """Everything that a script draws from and remembers."""

    def __init__(self, seed: int, model: Model) -> None:
        self._random = random.Random(seed)
        self._model = model
        self._next: deque[Planned] = deque()
        self._sent: deque[Command] = deque(maxlen=RETRIES_KEPT)
        self._users = [f"trader-{seed}-{number}" for number in range(self._random.randint(2, 9))]
        self._prices = {symbol: asset.reference_price_raw for symbol, asset in ASSETS.items()}
        self._count = 0

    def _planned(self) -> Step:
        """The first of the steps that were planned."""
        planned = self._next.popleft()
        return planned() if callable(planned) else planned

    def _first(self, steps: list[Planned]) -> Step:
        """These come before everything else that is planned."""
        self._next.extendleft(reversed(steps))
        return self._planned()

    def _ask(self, name: str, user_id: str, *args: Any, **options: Any) -> Command:
        """A new request; now and then one whose answer is lost, and which is soon asked again."""
        request = Request(self._new_id("request"), digest_of(name, args, options))
        command = Command(name, user_id, request, args, options)
        self._sent.append(command)
        if self._random.random() < 0.05:
            again = self._random.choice((self._next.append, self._next.appendleft))
            again(command)
            return replace(command, lost=True)
        return command

    def _user(self) -> str:
        return self._random.choice(self._users)

    def _any_position(self) -> tuple[str, Position] | None:
        for _ in range(3):
            account = self._model.account(self._random.choice(self._users))
            if account is not None and account.positions:
                return account.user_id, self._random.choice(list(account.positions.values()))
        return None

    def _positions_of(self, user_id: str) -> list[Position]:
        account = self._model.account(user_id)
        return list(account.positions.values()) if account else []

    def _meddling(self, symbol: str) -> Planned:
        """Somebody wants something of that asset when its turn comes."""
        raise NotImplementedError

    def _confirmed(self, symbol: str, price: int) -> list[Planned]:
        """Trades at exactly this price: as many as it takes until the last one is believed."""
        raise NotImplementedError

    def _new_id(self, what: str) -> str:
        self._count += 1
        return f"{what}-{self._count}"


def digest_of(*what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()
