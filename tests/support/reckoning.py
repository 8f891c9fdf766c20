"""What trading has brought, reckoned slowly and plainly from an account's events: no SQL, no ledger."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from domain.orders import EventKind, OrderEvent

FROM_OUTSIDE = {EventKind.ACCOUNT_OPENED, EventKind.DEPOSITED, EventKind.RESET}


@dataclass(frozen=True)
class Step:
    """An event that moved money: its fee, and the equity after it."""

    at_ms: int
    equity: int
    fee: int
    curve: int


def reckoned(
    events: Iterable[OrderEvent],
    *,
    asset: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> dict[str, Any]:
    """The answer of /trade/performance, of at most 500 points; times in ms, inclusive."""
    events = list(events)
    inside = [event for event in events if _within(event.at_ms, since, until)]
    closed = [event for event in inside if event.closing and event.position]
    closed = [event for event in closed if asset in (None, event.position and event.position.asset)]
    steps = _steps(events, asset, since, until)
    paid = [step.fee for step in steps if since is None or step.at_ms >= since]
    return {
        "total": _results(closed),
        "feesPaid": sum(paid),
        "maxDrawdown": max((fall for fall, _ in _falls(steps)), default=0),
        "maxDrawdownBps": max((share for _, share in _falls(steps)), default=0) if asset is None else None,
        "streaks": _streaks(closed),
        "equity": _points(steps, asset, since),
        "byAsset": [
            {"asset": name} | _results([event for event in closed if _asset(event) == name])
            for name in sorted({_asset(event) for event in closed})
        ],
        "byDay": [
            {"day": day, "trades": len(group), "net": sum(map(_net, group))}
            for day, group in ((day, list(group)) for day, group in groupby(closed, _day))
        ],
    }


def _within(at_ms: int, since: int | None, until: int | None) -> bool:
    return (since is None or at_ms >= since) and (until is None or at_ms <= until)


def _asset(event: OrderEvent) -> str:
    assert event.position is not None
    return event.position.asset


def _day(event: OrderEvent) -> str:
    return datetime.fromtimestamp(event.at_ms // 1000, UTC).date().isoformat()


def _fees(event: OrderEvent) -> int:
    assert event.closing is not None
    assert event.position is not None
    return event.closing.fee + event.position.opening_fee


def _net(event: OrderEvent) -> int:
    assert event.closing is not None
    return event.closing.pnl - _fees(event)


def _held(event: OrderEvent) -> int:
    assert event.position is not None
    return event.at_ms - event.position.opened_at_ms


def _results(closed: list[OrderEvent]) -> dict[str, Any]:
    nets = [_net(event) for event in closed]
    wins, losses = [net for net in nets if net > 0], [-net for net in nets if net < 0]
    return {
        "trades": len(nets),
        "won": len(wins),
        "lost": len(losses),
        "winRateBps": len(wins) * 10_000 // len(nets) if nets else None,
        "pnl": sum(event.closing.pnl for event in closed if event.closing),
        "fees": sum(map(_fees, closed)),
        "net": sum(nets),
        "grossProfit": sum(wins),
        "grossLoss": sum(losses),
        "profitFactorBps": sum(wins) * 10_000 // sum(losses) if losses else None,
        "averageWin": sum(wins) // len(wins) if wins else None,
        "averageLoss": sum(losses) // len(losses) if losses else None,
        "best": max(nets, default=None),
        "worst": min(nets, default=None),
        "averageHoldingMs": sum(map(_held, closed)) // len(nets) if nets else None,
    }


def _streaks(closed: list[OrderEvent]) -> dict[str, int]:
    def place(event: OrderEvent) -> tuple[int, str]:
        assert event.position is not None
        return event.at_ms, event.position.order_id

    nets = [_net(event) for event in sorted(closed, key=place)]
    runs = [(way, len(list(run))) for way, run in groupby((net > 0) - (net < 0) for net in nets)]
    return {
        "longestWon": max((length for way, length in runs if way == 1), default=0),
        "longestLost": max((length for way, length in runs if way == -1), default=0),
        "current": runs[-1][0] * runs[-1][1] if runs else 0,
    }


def _steps(events: list[OrderEvent], asset: str | None, since: int | None, until: int | None) -> list[Step]:
    """The period's steps, before them the one that it began with."""
    steps = _asset_steps(events, asset) if asset else _account_steps(events)
    before = [step for step in steps if since is not None and step.at_ms < since][-1:]
    seen = before + [step for step in steps if _within(step.at_ms, since, until)]
    begin = seen[0].equity if asset and seen else 0
    return [replace(step, equity=step.equity - begin) for step in seen]


def _account_steps(events: list[OrderEvent]) -> list[Step]:
    """Free money and the margin of what is open, after each event that says anything of money."""
    margins: dict[str, int] = {}
    steps: list[Step] = []
    curve = 0
    for event in events:
        _follow(margins, event)
        curve += event.kind in FROM_OUTSIDE
        equity = event.balance + sum(margins.values())
        fee = _fee(event)
        if fee or event.kind in FROM_OUTSIDE or equity != steps[-1].equity:
            steps.append(Step(event.at_ms, equity, fee, curve))
    return steps


def _asset_steps(events: list[OrderEvent], asset: str) -> list[Step]:
    """What trading the asset has brought, after each event of its orders that says anything of money."""
    steps = [Step(0, 0, 0, 0)]
    for event in events:
        if event.position is None or event.position.asset != asset:
            continue
        fee = _fee(event)
        won = event.closing.pnl if event.closing else 0
        if fee or won:
            steps.append(Step(event.at_ms, steps[-1].equity + won - fee, fee, 0))
    return steps


def _fee(event: OrderEvent) -> int:
    return event.closing.fee if event.closing else event.fee


def _follow(margins: dict[str, int], event: OrderEvent) -> None:
    position, closing = event.position, event.closing
    if position is None:
        return
    if closing is None:
        margins[position.order_id] = position.margin
    elif closing.parent_order_id is None:
        del margins[position.order_id]
    else:
        margins[closing.parent_order_id] -= position.margin


def _falls(steps: list[Step]) -> list[tuple[int, int]]:
    """How far each step lies below the highest before it on its curve: in cents, and in bps of that."""
    falls = []
    for number, step in enumerate(steps):
        peak = max(other.equity for other in steps[: number + 1] if other.curve == step.curve)
        falls.append((peak - step.equity, (peak - step.equity) * 10_000 // peak if peak > 0 else 0))
    return falls


def _points(steps: list[Step], asset: str | None, since: int | None) -> list[dict[str, int]]:
    if asset and since is None and len(steps) == 1:
        return []
    begins = since or 0
    if asset and since is None and steps:
        begins = steps[1].at_ms
    return [
        {
            "time": max(step.at_ms, begins) if number == 0 else step.at_ms,
            "equity": step.equity,
            "curve": step.curve,
        }
        for number, step in enumerate(steps)
    ]
