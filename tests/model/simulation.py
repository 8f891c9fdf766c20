"""One desk and its model side by side: each step is done to both, then both are compared."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
import redis

from domain.messages import Tick
from domain.orders import OrderEvent, OrderPreview
from orders.client import ClosedAll, OrderDesk, WasReset
from orders.codes import Code, Refused
from orders.keys import shard_of, shard_tag, terms_key
from orders.library import PREFIX
from orders.limits import write_halts, write_limits
from orders.ticks import TickResult
from runtime.settings import Settings
from tests.model.compare import (
    Applied,
    Books,
    Difference,
    check,
    check_account,
    check_events,
    check_house,
    check_money,
    check_quotes,
)
from tests.model.engine import Model
from tests.model.look import Call, Reader, Seen
from tests.model.market import Script
from tests.model.state import Outcome, TickAnswer, Told
from tests.model.steps import SYMBOLS, Ageing, Command, Halting, Limiting, NewAccount, Preview, Step, Trade
from tests.model.tally import words_of, words_of_jump
from tests.model.ticks import TickId
from tests.model.wire import QuickRedis
from tests.support.opening import load_and_open

FULL_EVERY = 25
# Longer than any run: a price grows old when the script says so.
STALE_MS = 86_400_000
# No price is that young.
NEVER_FRESH_MS = -1


@dataclass(frozen=True, slots=True)
class First:
    """The first answer that a request id got: its events as they lie in the stream, or the refusal."""

    events: tuple[OrderEvent, ...]
    refusal: Refused | None
    failed: tuple[tuple[str, Code], ...]


class Simulation:
    """One seed's desk and its model, side by side."""

    def __init__(self, client: QuickRedis, settings: Settings, seed: int) -> None:
        # Another simulation may have ended in the middle of a step.
        client.follower = None
        client.flushdb()
        load_and_open(client, settings)
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
        self._applied = Applied()
        # Symbols whose price has grown old in some shard.
        self._aged: set[str] = set()
        self._advances: Counter[tuple[int, TickId]] = Counter()
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
            except Exception as error:
                error.add_note(f"seed {seed}, step {number}: {step}")
                raise

    def take(self, step: Step) -> None:
        """Does a step to both sides and compares what it touched. Raises Difference."""
        match step:
            case Command():
                self._command(step)
            case NewAccount():
                self._new_account(step)
            case Preview():
                self._preview(step)
            case Trade():
                self._trade(step)
            case Ageing():
                self._age(step.symbol)
            case Limiting():
                self.model.limits[step.symbol] = step.limits
                write_limits(self._client, len(self.model.shards), step.symbol, step.limits)
            case Halting():
                (self.model.halted.add if step.halted else self.model.halted.discard)(step.user_id)
                write_halts(self._client, len(self.model.shards), self.model.halted)

    def _command(self, command: Command) -> None:
        user_id, request = command.user_id, command.request
        known = self.model.account(user_id)
        is_retry = known is not None and request.request_id in known.answers
        outcome: Outcome = getattr(self.model, command.name)(
            user_id, request, *command.args, **command.options
        )
        refusal: Refused | None = None
        answer: Any = None
        self._reader.watch(users=(user_id,))
        try:
            answer = getattr(self._desk, command.name)(user_id, request, *command.args, **command.options)
        except Refused as refused:
            refusal = refused
        seen = self._reader.seen()
        self.counts[
            f"{command.name} {outcome.refusal or 'retried' if is_retry else outcome.refusal or 'done'}"
        ] += 1
        if not command.lost:
            check("answer", desk=refusal.code if refusal else None, model=outcome.refusal)
        events = self._compare(seen, () if is_retry else outcome.told, user_id)
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
        if isinstance(answer, WasReset):
            answer = (*answer.closed, answer.reset)
        events = answer if isinstance(answer, tuple) else (answer,)
        check("the events of the answer", desk=events, model=first.events)

    def _preview(self, step: Preview) -> None:
        """Nothing happens; the answer is what the model would make of the order."""
        outcome = self.model.preview(step.user_id, step.order)
        self._reader.watch(users=(step.user_id,))
        refusal: Code | None = None
        answer: OrderPreview | None = None
        try:
            answer = self._desk.preview(step.user_id, step.order)
        except Refused as refused:
            refusal = refused.code
        self.counts[f"preview {outcome.refusal or 'done'}"] += 1
        check("refusal of the preview", desk=refusal, model=outcome.refusal)
        if answer is not None:
            answer = replace(answer, position=replace(answer.position, opened_at_ms=0))
        check("preview", desk=answer, model=outcome.preview)
        self._compare(self._reader.seen(), (), step.user_id)

    def _new_account(self, step: NewAccount) -> None:
        outcome = self.model.open_account(step.user_id, step.balance)
        self._reader.watch(users=(step.user_id,))
        created, refusal = False, None
        try:
            created = self._desk.open_account(step.user_id, step.balance)
        except Refused as refused:
            refusal = refused.code
        check("created", desk=(created, refusal), model=(bool(outcome.told), outcome.refusal))
        self._compare(self._reader.seen(), outcome.told, step.user_id)

    def _age(self, symbol: str) -> None:
        """As if the newest tick had been applied long ago."""
        self.model.grow_old(symbol)
        self._aged.add(symbol)
        for shard in range(len(self.model.shards)):
            self._set_age(shard, symbol, NEVER_FRESH_MS)

    def _set_age(self, shard: int, symbol: str, stale_after_ms: int) -> None:
        """The desk's clock can't be turned; how old its price may be can."""
        self._client.hset(terms_key(shard, symbol), "stale_after_ms", stale_after_ms)

    # --- Ticks

    def _trade(self, step: Trade) -> None:
        tick = step.tick
        was_old = tick.symbol in self._aged
        if was_old:
            self._grow_young(tick.symbol)
        self._reader.watch(symbols=(tick.symbol,))
        result: TickResult | None = None
        if step.dies is None:
            result = self._desk.apply_tick(tick)
        else:
            self._call_and_die(tick, *step.dies)
        seen = self._reader.seen()
        answers: list[list[TickAnswer]] = [[] for _ in self.model.shards]
        for call in seen.calls:
            answers[call.shard].append(self._compare_call(tick, call))
        if was_old:
            self._grow_old_again(tick.symbol)
        if was_old or result is None:
            self._compare_where_nobody_called(tick.symbol, seen)
        if result is not None:
            assert all(each and not each[-1].more for each in answers), "the client calls until all is done"
            check("the tick's answer", desk=result, model=_result(answers))
        self._compare_fired(tick, seen)
        self.counts["tick " + (_result(answers).refusal or "accepted")] += 1
        self.counts["tick of several calls"] += any(len(each) > 1 for each in answers)
        self.counts["tick left unfinished"] += any(each and each[-1].more for each in answers)
        self.counts["tick left advancing"] += any(each and each[-1].is_advancing for each in answers)

    def _compare_call(self, tick: Tick, call: Call) -> TickAnswer:
        """One call of apply_tick: its answer and its events."""
        busy_with = None
        if "advancing" in call.answer:
            # It says that it isn't done with some tick: with the one whose price it left.
            [quote] = call.quotes
            busy_with = (quote["source"], int(quote["trade_id"]))
            self._bound_advance(call.shard, tick.symbol, busy_with)
        ended = [event.position.order_id for event in call.events if event.position]
        markets = self.model.shards[call.shard].markets
        before = markets.get(tick.symbol)
        doubted = before.suspicion if before else None
        expected = self.model.tick_call(call.shard, tick, ended, busy_with)
        if before and doubted:
            band = self.model.instruments[tick.symbol].deviation_bps
            after = markets[tick.symbol]
            self.counts[words_of_jump(doubted, before.tick, after, expected, band)] += 1
        check_events(call.events, expected.told)
        check("a call's answer", desk={"fired": "0", "more": "0"} | call.answer, model=_wire(expected))
        return expected

    def _bound_advance(self, shard: int, symbol: str, tick: TickId) -> None:
        """A tick moves only trailing stops that there are, and each but a few times."""
        self.counts["call that only moved trailing stops"] += 1
        trailing = sum(
            position.asset == symbol and position.trailing_stop is not None
            for account in self.model.shards[shard].accounts.values()
            for position in account.positions.values()
        )
        self._advances[shard, tick] += 1
        # A smaller group goes into a larger one, so each stop moves at most as often as that can double it.
        most = trailing * trailing.bit_length()
        if self._advances[shard, tick] > most:
            raise Difference(f"{self._advances[shard, tick]} calls to move {trailing} trailing stops")

    def _grow_young(self, symbol: str) -> None:
        self._aged.discard(symbol)
        for shard in range(len(self.model.shards)):
            self._set_age(shard, symbol, STALE_MS)

    def _grow_old_again(self, symbol: str) -> None:
        """Where the tick was refused, the price stays as old as it was."""
        for shard, state in enumerate(self.model.shards):
            market = state.markets.get(symbol)
            if market is not None and market.is_stale:
                self._aged.add(symbol)
                self._set_age(shard, symbol, NEVER_FRESH_MS)

    def _call_and_die(self, tick: Tick, dead_shard: int, most: int) -> None:
        """What a caller does that dies in this shard after so many calls."""
        for shard in range(dead_shard + 1):
            calls, more = 0, True
            while more and (shard < dead_shard or calls < most):
                more = self._call_once(shard, tick).get("more") == "1"
                calls += 1

    def _call_once(self, shard: int, tick: Tick) -> dict[str, Any]:
        arguments = [tick.symbol, tick.price, tick.trade_id, tick.event_time_ms, tick.received_time_us]
        answer = self._client.fcall(
            PREFIX + "apply_tick", 1, shard_tag(shard), *arguments, tick.source, int(shard == 0)
        )
        return cast(dict[str, Any], orjson.loads(cast(bytes, answer)))

    def _compare_where_nobody_called(self, symbol: str, seen: Seen) -> None:
        """In the shards that a dying caller did not come to, nothing happens."""
        everywhere = self._reader.look((), (symbol,))
        check("events of no call", desk=everywhere.events, model=[[] for _ in self.model.shards])
        seen.quotes = everywhere.quotes

    def _compare_fired(self, tick: Tick, seen: Seen) -> None:
        touched: dict[str, None] = {}
        for shard, events in enumerate(seen.events):
            check_quotes(seen.quotes[shard], self.model.shards[shard].markets, (tick.symbol,))
            self._applied.check(shard, seen.quotes[shard])
            self._book(events)
            touched |= dict.fromkeys(event.user_id for event in events)
        if touched:
            accounts = self._reader.look(touched, ()).accounts
            for user_id, read in zip(touched, accounts, strict=True):
                self._check_account(read, user_id)

    # --- Comparing

    def _compare(self, seen: Seen, told: tuple[Told, ...], user_id: str) -> list[OrderEvent]:
        """The events of a command are all that happened, and the account is as the model has it."""
        [account], news = seen.accounts, [event for shard in seen.events for event in shard]
        check_events(news, list(told))
        self._check_account(account, user_id)
        self._book(news)
        return news

    def _book(self, events: list[OrderEvent]) -> None:
        for event in events:
            self._books.book(event)
            self.counts.update(words_of(event))

    def _check_account(self, read: dict[str, Any], user_id: str) -> None:
        account = self.model.account(user_id)
        check_account(read, account, user_id, self.model.unmoved(account) if account else {})

    def compare_everything(self) -> None:
        """Every account, every price and the money. Raises Difference."""
        users = [account.user_id for account in self.model.accounts()]
        seen = self._reader.look(users, SYMBOLS)
        check("events of nobody's command", desk=seen.events, model=[[] for _ in self.model.shards])
        for user_id, account in zip(users, seen.accounts, strict=True):
            self._check_account(account, user_id)
        for shard, prices in seen.quotes.items():
            check_quotes(prices, self.model.shards[shard].markets, SYMBOLS)
            self._applied.check(shard, prices)
        check_money(self.model, self._books)
        check_house(self.model, [self._desk.house(shard) for shard in range(len(self.model.shards))])


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
    if answer.is_advancing:
        return {**fields, "advancing": "1"}
    return {"refused": str(answer.refusal), **fields} if answer.refusal else fields
