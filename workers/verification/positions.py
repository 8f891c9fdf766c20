"""A position as the events tell it, and what each kind of event may change of it. Pure.

A position is kept as one line of text, in the order of NAMES: half a million of them fit into a small
process, and most comparisons are one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Fields = Mapping[str, str]

_IDENTITY = ("asset", "side", "leverage", "open_price", "opened_at_ms")
_AMOUNTS = ("margin", "initial_margin", "added_margin", "notional", "opening_fee")
_TRIGGERS = ("take_profit", "stop_loss", "trailing_distance")
NAMES = (*_IDENTITY, *_AMOUNTS, "liquidation_price", *_TRIGGERS)

_FIRST_AMOUNT = len(_IDENTITY)
_LIQUIDATION = _FIRST_AMOUNT + len(_AMOUNTS)
_FIRST_TRIGGER = _LIQUIDATION + 1
_ASSET, _SIDE = NAMES.index("asset"), NAMES.index("side")
_DISTANCE = NAMES.index("trailing_distance")
_MARGIN, _INITIAL, _ADDED, _NOTIONAL, _FEE = range(_FIRST_AMOUNT, _LIQUIDATION)

Parts = list[str]


class Held(NamedTuple):
    """An open position as of its newest event. peak: its trailing stop's, raw; empty when it has none."""

    line: str
    peak: str
    event_id: str

    @property
    def parts(self) -> Parts:
        """One text for each of NAMES."""
        return self.line.split(" ")

    @property
    def asset(self) -> str:
        """What it is in."""
        return self.parts[_ASSET]

    @property
    def side(self) -> str:
        """`long` or `short`."""
        return self.parts[_SIDE]

    @property
    def notional(self) -> int:
        """Cents."""
        return int(self.parts[_NOTIONAL])

    @property
    def sign(self) -> int:
        """1 for a long, -1 for a short."""
        return 1 if self.parts[1] == "long" else -1


def held(fields: Fields, event_id: str) -> Held:
    """The position that these fields tell of: an event's, or a snapshot's."""
    return Held(" ".join(parts_of(fields)), fields.get("trailing_peak", ""), event_id)


def parts_of(fields: Fields) -> Parts:
    """Events from before there were trailing stops don't name them."""
    return [fields.get(name, "") for name in NAMES]


def contradiction(told: Held, expected: Sequence[str], before: Held | None = None) -> str:
    """What of a position is not as it should be; empty when all is.

    before: the position that it was, whose peak may only have become better since. Ticks move the peak of a
    trailing stop, and tell no event: so what comes later may be further along, never further back.
    """
    if told.line != " ".join(expected):
        pairs = zip(NAMES, told.parts, expected, strict=True)
        return next(
            f"{name} is {is_now or 'none'}, should be {should or 'none'}"
            for name, is_now, should in pairs
            if is_now != should
        )
    distance = told.parts[_DISTANCE]
    if bool(told.peak) != bool(distance):
        return "a trailing stop needs both its distance and its peak"
    follows_on = before is not None and distance and distance == before.parts[_DISTANCE]
    if before is not None and follows_on and (int(told.peak) - int(before.peak)) * told.sign < 0:
        return f"trailing_peak fell back from {before.peak} to {told.peak}"
    return ""


def expected_after(fields: Fields, told: Parts, before: Parts, part: Parts | None) -> Parts:
    """What the position must be after an event of its own that isn't its opening.

    told: as the event tells it; of what the event may change this is taken. part: for `reduced`, what was
    closed of it just before.
    """
    match fields["kind"]:
        case "modified":
            return [*before[:_FIRST_TRIGGER], *told[_FIRST_TRIGGER:]]
        case "margin_added":
            return _with_amounts(before, _margin_added(fields, before), told[_LIQUIDATION])
        case "reduced" if part is not None:
            return _with_amounts(before, _less(before, part), told[_LIQUIDATION])
        case "closed" if fields.get("parent_order_id"):
            # A part may be of any size; that part and rest make the whole is seen at the `reduced` after it.
            return _with_amounts(before, told[_FIRST_AMOUNT:_LIQUIDATION], before[_LIQUIDATION])
        case "closed":
            return before
    raise ValueError(f"a {fields['kind']} event came where there can be none")


def nearest_stop(position: Held) -> int | None:
    """The first price on the losing side that ends it, trailing stop aside; None when none can."""
    parts = position.parts
    liquidation, stop_loss = int(parts[_LIQUIDATION]), parts[NAMES.index("stop_loss")]
    if parts[1] == "long":
        return max(liquidation, int(stop_loss or 0)) or None
    return min(liquidation, int(stop_loss)) if stop_loss else liquidation


def take_profit(position: Held) -> int | None:
    """Its take profit, raw."""
    text = position.parts[NAMES.index("take_profit")]
    return int(text) if text else None


def trailing_distance(position: Held) -> int | None:
    """How far behind its peak the trailing stop fires, raw."""
    text = position.parts[_DISTANCE]
    return int(text) if text else None


def _with_amounts(before: Parts, amounts: Sequence[str], liquidation: str) -> Parts:
    return [*before[:_FIRST_AMOUNT], *amounts, liquidation, *before[_FIRST_TRIGGER:]]


def _margin_added(fields: Fields, before: Parts) -> Parts:
    amount = int(fields["amount"])
    return [
        str(int(before[_MARGIN]) + amount),
        before[_INITIAL],
        str(int(before[_ADDED]) + amount),
        before[_NOTIONAL],
        str(int(before[_FEE]) + int(fields["fee"])),
    ]


def _less(before: Parts, part: Parts) -> Parts:
    return [str(int(before[place]) - int(part[place])) for place in range(_FIRST_AMOUNT, _LIQUIDATION)]
