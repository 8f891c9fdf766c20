"""/ops/limits: what new positions are held to."""

from typing import Annotated

from apiflask import APIBlueprint
from dramatiq.results import ResultError
from pydantic import BaseModel, Field, Strict, StrictBool

from blueprints.errors import Rejected
from blueprints.ops.access import Reasoned, asked_by, for_operators
from blueprints.services import services
from domain.instruments import ASSETS, LEVERAGE_MAX
from domain.orders import AssetLimits
from domain.units import NOTIONAL_CENTS_MAX
from operators.actions import ActionKind, recorded
from operators.limits import keep_limits, limits_in_force
from runtime.broker import Actor, Queue, ask

bp = APIBlueprint("ops_limits", __name__, tag="Operators")

# A trader is refused by the new limits within a second; who sets them is told when they are in force.
APPLY_LIMIT_MS = 5_000

Cents = Annotated[int, Strict(), Field(ge=0, le=NOTIONAL_CENTS_MAX * LEVERAGE_MAX)]
PositiveCents = Annotated[int, Strict(), Field(ge=1, le=NOTIONAL_CENTS_MAX * LEVERAGE_MAX)]
Leverage = Annotated[int, Strict(), Field(ge=1, le=LEVERAGE_MAX)]


class LimitsBody(Reasoned):
    """All limits of an asset, in cents of notional; what is left out is as the terms say."""

    closeOnly: StrictBool = False
    positionMax: PositiveCents | None = None
    exposureMax: Cents | None = None
    leverageMax: Leverage | None = None


class AssetLimitsView(BaseModel):
    """What new positions in an asset are held to, in cents of notional; null: as the terms say."""

    symbol: str
    closeOnly: bool
    positionMax: int | None
    exposureMax: int | None
    leverageMax: int | None


class LimitsList(BaseModel):
    """Of every asset."""

    limits: list[AssetLimitsView]


@bp.get("/limits")
@for_operators
@bp.output(LimitsList)
@bp.doc(security="bearer")
def limits() -> LimitsList:
    """The limits in force."""
    with services().engine.connect() as connection:
        kept = limits_in_force(connection)
    return LimitsList(limits=[_view(symbol, one) for symbol, one in kept.items()])


@bp.put("/limits/<symbol>")
@for_operators
@bp.input(LimitsBody, location="json", arg_name="body")
@bp.output(AssetLimitsView)
@bp.doc(security="bearer", responses={404: "No such asset"})
def set_limits(symbol: str, body: LimitsBody) -> AssetLimitsView:
    """Set all limits of an asset at once; they are in force when this answers."""
    if symbol not in ASSETS:
        raise Rejected(404, "asset_unknown", "There is no such asset")
    asked = AssetLimits(body.closeOnly, body.positionMax, body.exposureMax, body.leverageMax)
    view = _view(symbol, asked)
    details = view.model_dump(exclude={"symbol"})
    with recorded(
        services().engine, asked_by(body), ActionKind.ASSET_LIMITED, f"asset {symbol}", **details
    ) as action_id:
        with services().engine.begin() as connection:
            keep_limits(connection, symbol, asked, action_id)
        apply_now()
    return view


def apply_now() -> None:
    """Has what is in force written into the order state, which the web may not. Raises Rejected.

    What was decided stays decided: the schedule applies it later.
    """
    try:
        ask(services().broker, Actor.LIMITS, Queue.OPERATORS, limit_ms=APPLY_LIMIT_MS)
    except ResultError:
        raise Rejected(
            503, "not_applied_yet", "It is kept, but no worker has applied it yet: look at the queues"
        ) from None


def _view(symbol: str, limits: AssetLimits) -> AssetLimitsView:
    return AssetLimitsView(
        symbol=symbol,
        closeOnly=limits.close_only,
        positionMax=limits.position_max,
        exposureMax=limits.exposure_max,
        leverageMax=limits.leverage_max,
    )
