"""Desk and model agree after every step of random scripts; a desk with another rule is found out."""

from collections import Counter
from collections.abc import Iterator

import pytest

from domain.orders import CloseReason
from orders import library
from orders.codes import Code
from runtime.settings import Settings
from tests.model.compare import Difference
from tests.model.desks import running_orders, simulate
from tests.model.jobs import run_seeds
from tests.model.wire import QuickRedis
from tests.support.order_servers import OrderServer

SEEDS = range(1, 21)
STEPS = 1_200
# A changed rule is given so many seeds to show.
HUNTED = range(1, 21)

# Of restores, of opening the desk and of leases: no script does that.
NOT_A_TRADERS = {
    Code.ACCOUNT_EXISTS,
    Code.SNAPSHOT_UNREADABLE,
    Code.STATE_UNPROVEN,
    Code.FENCED,
    Code.LEASE_HELD,
}
# What must occur, and how often at least.
INTERESTING = {
    "tick left unfinished": 10,
    "tick left advancing": 3,
    "call that only moved trailing stops": 30,
    "opened with a trailing stop": 300,
    "modified with a trailing stop": 80,
    "reduced with a trailing stop": 60,
    "margin_added with a trailing stop": 15,
    "closed by liquidation before trailing_stop": 50,
    "closed by stop_loss before trailing_stop": 8,
    "jump confirmed": 60,
    "jump confirmed in part": 120,
    "jump taken back": 6,
    "jump, then another one": 2,
    "open price_unconfirmed": 40,
    "modify price_unconfirmed": 5,
    "preview done": 30,
    "preview price_unconfirmed": 1,
    "reset done": 15,
    "reset price_unconfirmed": 1,
    "reset balance_too_large": 1,
}

# What the library says, and what it would say with a mistake in it.
MISTAKES = {
    "a long's stop fires one unit late": ("market.long, 'stop', bid", "market.long, 'stop', '(' .. bid"),
    "a short's target fires one unit late": ("market.short, 'take', ask", "market.short, 'take', '(' .. ask"),
    "a stop loss counts before the liquidation": (
        "if fell_to(position.liquidation_price)",
        "if not fell_to(position.stop_loss) and fell_to(position.liquidation_price)",
    ),
    "a fee is rounded up": (
        "return share(margin, terms.fee_bps, 10000)",
        "return math.ceil(margin * terms.fee_bps / 10000)",
    ),
    "a negative result is rounded down": (
        "return negative and -quotient",
        "return negative and -quotient - (rest > 0 and 1 or 0)",
    ),
    "what rounding leaves is lost": (
        "rest[name] = rest[name] - part[name]",
        "rest[name] = share(rest[name], 100 - percentage, 100)",
    ),
    "what passes is remembered": ("[CODE.PRICE_MOVING] = true,", ""),
    "an unfinished tick is forgotten": ("write_unfinished(market.unfinished_key, tick)", "local _ = tick"),
    "ids of one source may go back": ("tick.trade_id <= ", "tick.trade_id + 2 <= "),
    "a jump is believed one trade early": ("count > terms.confirmations", "count >= terms.confirmations"),
    "any trade confirms a jump": ("and is_near(tick.price, jump.price, terms)", ""),
    "the distance that it has starts a trailing stop anew": (
        "tonumber(trailing) == position.trailing_distance",
        "tonumber(trailing) == -1",
    ),
    "a new best price is taken for quiet": ("end_of(long.peaks, '0') or math.huge", "math.huge"),
    "what is quiet outlives a change of the indexes": ("unsettle(position.market)", "local _ = position"),
    "groups are taken for one before all stops are moved": ("return reached - #emptied == 1", "return true"),
    "a trailing stop counts before the stop loss": (
        "if fell_to(position.stop_loss)",
        "if not position.trailing_peak and fell_to(position.stop_loss)",
    ),
    "a reset leaves a cent": ("pay(tag, user, amount - balance)", "pay(tag, user, amount - balance + 1)"),
}


@pytest.fixture(scope="module")
def orders(order_server: OrderServer) -> Iterator[tuple[QuickRedis, Settings]]:
    """A server of their own: its fsync is off."""
    with running_orders(order_server.binary) as running:
        yield running


def simulate_all(client: QuickRedis, settings: Settings, seeds: range, steps: int = STEPS) -> Counter[str]:
    """One after another; what happened, counted. Raises Difference at the first."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        counts += simulate(client, settings, seed, steps)
    return counts


def test_desk_and_model_agree_after_every_step(orders: tuple[QuickRedis, Settings]) -> None:
    counts = simulate_all(*orders, SEEDS)

    # Agreeing about nothing would prove nothing.
    words = {word for name in counts for word in name.split()}
    assert words >= set(Code) - NOT_A_TRADERS
    assert {f"closed {reason}" for reason in CloseReason} <= counts.keys()
    for what, least in INTERESTING.items():
        assert counts[what] >= least, what


def test_a_seed_replays_alone(orders: tuple[QuickRedis, Settings]) -> None:
    assert simulate(*orders, 3, 400) == simulate(*orders, 3, 400)


def test_jobs_share_the_seeds(orders: tuple[QuickRedis, Settings]) -> None:
    run = run_seeds(range(1, 6), 200, jobs=2)

    assert run.failed is None
    assert run.counts == simulate_all(*orders, range(1, 6), steps=200)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_library_is_found(
    orders: tuple[QuickRedis, Settings], monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    text, (said, instead) = library.render(orders[1]), MISTAKES[mistake]
    assert text.count(said) >= 1
    render = library.render
    monkeypatch.setattr(library, "render", lambda settings: render(settings).replace(said, instead))

    with pytest.raises(Difference):
        simulate_all(*orders, HUNTED)
