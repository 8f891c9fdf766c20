"""One desk and its model side by side: each step is done to both, then both are compared."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

import orjson
import redis

from domain.messages import Tick
from domain.orders import OrderEvent
from orders.client import ClosedAll, OrderDesk, TickResult
from orders.codes import Code, Refused
from orders.keys import price_key, shard_of, shard_tag
from orders.library import PREFIX, load
from runtime.settings import Settings
from tests.model.compare import (
    Books,
    Difference,
    Reader,
    check,
    check_account,
    check_events,
    check_money,
    check_quotes,
)
from tests.model.engine import Model
from tests.model.market import Script
from tests.model.state import Outcome, TickAnswer, Told
from tests.model.steps import SYMBOLS, Ageing, Command, NewAccount, Step, Trade

FULL_EVERY = 25
CALLS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class First:
    """The first answer that a request id got: its events as they lie in the stream, or the refusal."""

    events: tuple[OrderEvent, ...]
    refusal: Refused | None
    failed: tuple[tuple[str, Code], ...]


class Simulation:
    """One seed's desk and its model, side by side."""

    def __init__(self, client: redis.Redis, settings: Settings, seed: int) -> None:
        client.flushdb()
        load(client, settings)
        shards = settings.order_shards
        self.counts: Counter[str] = Counter()
        self._client = client
        self._desk = OrderDesk(client, settings)
        self.model = Model(
            settings.instruments,
            positions_max=settings.positions_per_account_max,
            fired_max=settings.fired_per_call_max,
            shards=shards,
            shard_of=lambda user_id: shard_of(user_id, shards),
        )
        self._script = Script(seed, self.model)
        self._reader = Reader(client, shards)
        self._books = Books()
        self._first: dict[tuple[str, str], First] = {}

    def run(self, seed: int, steps: int) -> None:
        """So many steps; raises Difference, which says where."""
        for number in range(steps):
            step = self._script.step()
            try:
                self.take(step)
                if number % FULL_EVERY == 0 or number == steps - 1:
                    self.compare_everything()
            except (Difference, AssertionError, redis.ResponseError) as difference:
                raise Difference(f"seed {seed}, step {number}: {step}\n{difference}") from difference

    def take(self, step: Step) -> None:
        """Does a step to both sides and compares what it touched. Raises Difference."""
        match step:
            case Command():
                self._command(step)
            case NewAccount():
                self._new_account(step)
            case Trade():
                self._trade(step)
            case Ageing():
                self._age(step.symbol)

    def _command(self, command: Command) -> None:
        user_id, request = command.user_id, command.request
        known = self.model.account(user_id)
        is_retry = known is not None and request.request_id in known.answers
        outcome: Outcome = getattr(self.model, command.name)(
            user_id, request, *command.args, **command.options
        )
        refusal: Refused | None = None
        answer: Any = None
        try:
            answer = getattr(self._desk, command.name)(user_id, request, *command.args, **command.options)
        except Refused as refused:
            refusal = refused
        self.counts[
            f"{command.name} {outcome.refusal or 'retried' if is_retry else outcome.refusal or 'done'}"
        ] += 1
        if not command.lost:
            check("answer", desk=refusal.code if refusal else None, model=outcome.refusal)
        events = self._compare(() if is_retry else outcome.told, user_id)
        if outcome.refusal is Code.IDEMPOTENCY_KEY_REUSED:
            return
        if not is_retry:
            self._first[user_id, request.request_id] = First(tuple(events), refusal, outcome.failed)
        if not command.lost:
            self._compare_answer(self._first[user_id, request.request_id], answer, refusal)

    def _compare_answer(self, first: First, answer: Any, refusal: Refused | None) -> None:
        """An answer is its events, word for word, whichever attempt it was given to."""
        if refusal is not None:
            assert first.refusal is not None
            check("details of the refusal", desk=refusal.details, model=first.refusal.details)
            return
        if isinstance(answer, ClosedAll):
            check("what stays", desk=answer.failed, model=first.failed)
            answer = answer.closed
        events = answer if isinstance(answer, tuple) else (answer,)
        check("the events of the answer", desk=events, model=first.events)

    def _new_account(self, step: NewAccount) -> None:
        outcome = self.model.open_account(step.user_id, step.balance)
        created = self._desk.open_account(step.user_id, step.balance)
        check("created", desk=created, model=bool(outcome.told))
        self._compare(outcome.told, step.user_id)

    def _age(self, symbol: str) -> None:
        """As if the newest tick had been applied long ago."""
        self.model.grow_old(symbol)
        for shard in range(len(self.model.shards)):
            if self._client.exists(price_key(shard, symbol)):
                self._client.hset(price_key(shard, symbol), "applied_at_ms", 1)

    # --- Ticks

    def _trade(self, step: Trade) -> None:
        tick = step.tick
        if step.dies is None:
            result = self._desk.apply_tick(tick)
            calls = None
        else:
            result, calls = None, self._call_and_die(tick, *step.dies)
        events, _, quotes = self._reader.look((), (tick.symbol,))
        told: list[list[Told]] = []
        answers: list[list[TickAnswer]] = []
        for shard, news in enumerate(events):
            most = CALLS_MAX if calls is None else len(calls[shard])
            ended = [event.position.order_id for event in news if event.position]
            answers.append(self._model_calls(shard, tick, ended, most))
            told.append([each for answer in answers[-1] for each in answer.told])
        self._compare_ticks(tick, told, events, quotes)
        if calls is None:
            check("the tick's answer", desk=result, model=_result(answers))
        else:
            check("the calls' answers", desk=calls, model=[[_wire(one) for one in each] for each in answers])
        self.counts["tick " + (_result(answers).refusal or "accepted")] += 1
        self.counts["tick of several calls"] += any(len(each) > 1 for each in answers)
        self.counts["tick left unfinished"] += any(each and each[-1].more for each in answers)

    def _model_calls(self, shard: int, tick: Tick, ended: list[str], most: int) -> list[TickAnswer]:
        answers: list[TickAnswer] = []
        while len(answers) < most and (not answers or answers[-1].more):
            answers.append(self.model.tick_call(shard, tick, ended))
        return answers

    def _call_and_die(self, tick: Tick, dead_shard: int, most: int) -> list[list[dict[str, Any]]]:
        """What a caller does that dies in this shard after so many calls: each shard's answers."""
        answers: list[list[dict[str, Any]]] = [[] for _ in self.model.shards]
        for shard in range(dead_shard + 1):
            more = True
            while more and (shard < dead_shard or len(answers[shard]) < most):
                answers[shard].append(answer := self._call_once(shard, tick))
                more = answer.get("more") == "1"
        return answers

    def _call_once(self, shard: int, tick: Tick) -> dict[str, Any]:
        arguments = [tick.symbol, tick.price, tick.trade_id, tick.event_time_ms, tick.received_time_us]
        answer = self._client.fcall(
            PREFIX + "apply_tick", 1, shard_tag(shard), *arguments, tick.source, int(shard == 0)
        )
        return cast(dict[str, Any], orjson.loads(cast(bytes, answer)))

    def _compare_ticks(
        self, tick: Tick, told: list[list[Told]], events: list[list[OrderEvent]], quotes: list[Any]
    ) -> None:
        touched: dict[str, None] = {}
        for shard, news in enumerate(events):
            check_events(news, told[shard])
            check_quotes(quotes[shard], self.model.shards[shard].markets, (tick.symbol,))
            for event in news:
                self._books.book(event)
                touched[event.user_id] = None
                assert event.closing is not None
                self.counts[f"fired {event.closing.reason}"] += 1
        if touched:
            _, accounts, _ = self._reader.look(touched, ())
            for user_id, read in zip(touched, accounts, strict=True):
                check_account(read, self.model.account(user_id), user_id)

    # --- Comparing

    def _compare(self, told: tuple[Told, ...], user_id: str) -> list[OrderEvent]:
        """The events of a command are all that happened, and the account is as the model has it."""
        events, [account], _ = self._reader.look((user_id,), ())
        news = [event for shard in events for event in shard]
        check_events(news, list(told))
        check_account(account, self.model.account(user_id), user_id)
        for event in news:
            self._books.book(event)
        return news

    def compare_everything(self) -> None:
        """Every account, every price and the money. Raises Difference."""
        accounts = {account.user_id: account for account in self.model.accounts()}
        events, read, quotes = self._reader.look(accounts, SYMBOLS)
        check("events of nobody's command", desk=[event for shard in events for event in shard], model=[])
        for (user_id, account), each in zip(accounts.items(), read, strict=True):
            check_account(each, account, user_id)
        for shard, prices in enumerate(quotes):
            check_quotes(prices, self.model.shards[shard].markets, SYMBOLS)
        check_money(self.model, self._books)


def _result(answers: list[list[TickAnswer]]) -> TickResult:
    """What the client makes of all calls."""
    last = [each[-1] for each in answers if each]
    refusals = [answer.refusal for answer in last if answer.refusal]
    accepted = len(refusals) < len(last)
    fired = sum(len(answer.told) for each in answers for answer in each)
    return TickResult(accepted=accepted, refusal=None if accepted else refusals[-1], fired=fired)


def _wire(answer: TickAnswer) -> dict[str, str]:
    """A call's answer as the library writes it."""
    fields = {"fired": str(len(answer.told)), "more": "1" if answer.more else "0"}
    return {"refused": str(answer.refusal), **fields} if answer.refusal else fields
