"""/ops/risk: what the house stands to win or lose; /ops/profit: what it has made."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from blueprints.fields import Body
from blueprints.ops.access import for_operators
from blueprints.services import services
from models.base import epoch_ms
from operators.risk import read_assets, read_heat, read_largest, read_profit

bp = APIBlueprint("ops_risk", __name__, tag="Operators")

LARGEST_SHOWN = 20
DAYS_MAX = 366


class AssetExposure(BaseModel):
    """One asset, in cents. net: longs less shorts of traders; pnl: of the house, null without a price."""

    symbol: str
    longs: int
    shorts: int
    longNotional: int
    shortNotional: int
    net: int
    openInterest: int
    margin: int
    pnl: int | None


class HeatBand(BaseModel):
    """Notional in cents that goes when the price moves by up to `percent`, from the band before on."""

    symbol: str
    side: Literal["long", "short"]
    percent: int
    notional: int
    positions: int


class LargeAccountRow(BaseModel):
    """An account with much at stake, money in cents. pnl: of the trader."""

    userId: str
    email: str
    balance: int
    notional: int
    margin: int
    positions: int
    pnl: int | None


class Risk(BaseModel):
    """At the prices of now, from books that follow within a second or so."""

    assets: list[AssetExposure]
    heat: list[HeatBand]
    largest: list[LargeAccountRow]


class ProfitQuery(Body):
    """How far back, and in what steps."""

    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 7
    step: Literal["1 hour", "1 day"] = "1 hour"


class ProfitStep(BaseModel):
    """What the house made from `at` (ms since the epoch) on, in cents by source; losses are below zero."""

    at: int
    fees: int
    trading: int
    shortfall: int


class HouseProfit(BaseModel):
    """Oldest first; steps in which nothing happened are left out."""

    steps: list[ProfitStep]


@bp.get("/risk")
@for_operators
@bp.output(Risk)
@bp.doc(security="bearer")
def risk() -> Risk:
    """Exposure by asset, how near the liquidations are, and who has most at stake."""
    quotes = services().desk.quotes()
    with services().engine.connect() as connection:
        assets = read_assets(connection, quotes)
        heat = read_heat(connection, quotes)
        largest = read_largest(connection, quotes, LARGEST_SHOWN)
    return Risk(
        assets=[
            AssetExposure(
                symbol=one.symbol,
                longs=one.longs,
                shorts=one.shorts,
                longNotional=one.long_notional,
                shortNotional=one.short_notional,
                net=one.net,
                openInterest=one.open_interest,
                margin=one.margin,
                pnl=one.pnl,
            )
            for one in assets
        ],
        heat=[
            HeatBand(
                symbol=one.symbol,
                side=one.side,
                percent=one.percent,
                notional=one.notional,
                positions=one.positions,
            )
            for one in heat
        ],
        largest=[
            LargeAccountRow(
                userId=str(one.user_id),
                email=one.email,
                balance=one.balance,
                notional=one.notional,
                margin=one.margin,
                positions=one.positions,
                pnl=one.pnl,
            )
            for one in largest
        ],
    )


@bp.get("/profit")
@for_operators
@bp.input(ProfitQuery, location="query", arg_name="query")
@bp.output(HouseProfit)
@bp.doc(security="bearer")
def profit(query: ProfitQuery) -> HouseProfit:
    """What the house has made over time, from the ledger."""
    since = datetime.now(UTC) - timedelta(days=query.days)
    shards = services().settings.order_shards
    with services().engine.connect() as connection:
        steps = read_profit(connection, shards=shards, since=since, step=query.step)
    return HouseProfit(steps=[ProfitStep(**{**step, "at": epoch_ms(step["at"])}) for step in steps])
