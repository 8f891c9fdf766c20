"""What happened, in words to count: agreeing about what never occurs would prove nothing."""

from collections.abc import Iterator

from domain.messages import Tick
from domain.orders import OrderEvent
from orders.codes import Code
from tests.model.rules import is_within, touched
from tests.model.state import MarketState, Suspicion, TickAnswer


def words_of(event: OrderEvent) -> Iterator[str]:
    """What the event is an example of."""
    position, closing = event.position, event.closing
    if position is None:
        return
    if position.trailing_stop is not None:
        yield f"{event.kind} with a trailing stop"
    if closing is not None:
        yield f"closed {closing.reason}"
        reasons = [reason for reason, _ in touched(position, closing.close_price)]
        if closing.receipt is not None and len(reasons) > 1:
            yield f"closed by {' before '.join(reasons)}"


def words_of_jump(
    doubted: Suspicion, believed: Tick, market: MarketState, answer: TickAnswer, deviation_bps: int
) -> str:
    """What became of a price in doubt with one more tick, of an asset that had this price before."""
    if answer.refusal is Code.PRICE_UNCONFIRMED:
        assert market.suspicion is not None
        return "jump confirmed in part" if market.suspicion.count > 1 else "jump, then another one"
    if market.suspicion is doubted:
        return "jump still in doubt"
    is_back = is_within(market.tick.price, believed.price, deviation_bps)
    return "jump taken back" if is_back else "jump confirmed"
