"""/trade/performance: how the caller has traded, in figures."""

from typing import Annotated, Any, Self
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from accounts.equity import Equity, read_equity
from accounts.performance import Period, Sums, Trading, read_trading
from blueprints.authenticated import authenticated
from blueprints.fields import AssetSymbol, Body
from blueprints.journaled import EPOCH_MS_MAX, await_journal, time_of
from blueprints.limits import by_account, lenient, report_rate
from blueprints.requests import trader_id
from blueprints.services import services
from domain.units import BASIS_POINTS
from models.base import epoch_ms

bp = APIBlueprint("performance", __name__, url_prefix="/trade", tag="Trade")


class PerformanceQuery(Body):
    """Of which time and asset. from and to in ms since the epoch, both inclusive."""

    asset: AssetSymbol | None = None
    from_: Annotated[int | None, Field(alias="from", ge=0, le=EPOCH_MS_MAX)] = None
    to: Annotated[int | None, Field(ge=0, le=EPOCH_MS_MAX)] = None

    def period(self, user_id: str) -> Period:
        """The same, of this account."""
        return Period(
            user_id=UUID(user_id),
            asset=self.asset,
            since=None if self.from_ is None else time_of(self.from_),
            until=None if self.to is None else time_of(self.to),
        )


class Results(BaseModel):
    """Some closed orders together, in cents. A result is the PnL of an order less all its fees.

    won and lost count results above and below zero; net is their sum, grossProfit - grossLoss.
    profitFactorBps is grossProfit / grossLoss x 10,000, null where nothing was lost. Shares and averages are
    cut off, not rounded, and null where there is nothing to take them of.
    """

    trades: int
    won: int
    lost: int
    winRateBps: int | None
    pnl: int
    fees: int
    net: int
    grossProfit: int
    grossLoss: int
    profitFactorBps: int | None
    averageWin: int | None
    averageLoss: int | None
    best: int | None
    worst: int | None
    averageHoldingMs: int | None

    @classmethod
    def of(cls, sums: Sums) -> Self:
        """The sums, with what follows from them."""
        return cls(
            trades=sums.trades,
            won=sums.won,
            lost=sums.lost,
            winRateBps=_share(sums.won * BASIS_POINTS, sums.trades),
            pnl=sums.pnl,
            fees=sums.fees,
            net=sums.net,
            grossProfit=sums.gross_profit,
            grossLoss=sums.gross_loss,
            profitFactorBps=_share(sums.gross_profit * BASIS_POINTS, sums.gross_loss),
            averageWin=_share(sums.gross_profit, sums.won),
            averageLoss=_share(sums.gross_loss, sums.lost),
            best=sums.best,
            worst=sums.worst,
            averageHoldingMs=_share(sums.held_ms, sums.trades),
        )


class AssetResults(Results):
    """Those of one asset."""

    asset: str


class DayResult(BaseModel):
    """What a day of UTC (YYYY-MM-DD) brought, in cents."""

    day: str
    trades: int
    net: int


class EquityPoint(BaseModel):
    """The realised equity in cents from this time (ms) on. `curve` rises with each deposit or reset."""

    time: int
    equity: int
    curve: int


class Runs(BaseModel):
    """Results of the same sign in a row. current: of the newest ones, negative where they lost."""

    longestWon: int
    longestLost: int
    current: int


class Performance(BaseModel):
    """What trading has brought, in cents.

    feesPaid is what the ledger booked in the period, for positions that are still open too; total.fees is
    what the closed orders paid over their lives. The curve is of free money and margin in use, at most 500
    points; of a single asset it starts at zero. maxDrawdown is the deepest fall from a peak, maxDrawdownBps
    the largest share of a peak that was lost (null of a single asset); each within one curve.
    """

    total: Results
    feesPaid: int
    maxDrawdown: int
    maxDrawdownBps: int | None
    streaks: Runs
    equity: list[EquityPoint]
    byAsset: list[AssetResults]
    byDay: list[DayResult]


@bp.get("/performance")
@authenticated("read")
@lenient.limit(report_rate, key_func=by_account)
@bp.input(PerformanceQuery, location="query", arg_name="query")
@bp.output(Performance)
@bp.doc(security="bearer")
def performance(query: PerformanceQuery) -> dict[str, Any]:
    """What trading has brought: results, fees, drawdown and the curve of the account's equity."""
    user_id = trader_id()
    period = query.period(user_id)
    await_journal(user_id)
    # One look at all tables, or the sums would not be those of the curve.
    with services().engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return _rendered(read_trading(connection, period), read_equity(connection, period)).model_dump()


def _rendered(trading: Trading, equity: Equity) -> Performance:
    streaks = trading.streaks
    return Performance(
        total=Results.of(trading.total),
        feesPaid=equity.fees,
        maxDrawdown=equity.drawdown,
        maxDrawdownBps=equity.drawdown_bps,
        streaks=Runs(
            longestWon=streaks.longest_won, longestLost=streaks.longest_lost, current=streaks.current
        ),
        equity=[
            EquityPoint(time=epoch_ms(point.at), equity=point.equity, curve=point.curve)
            for point in equity.points
        ],
        byAsset=[
            AssetResults(asset=asset, **Results.of(sums).model_dump()) for asset, sums in trading.by_asset
        ],
        byDay=[
            DayResult(day=day.isoformat(), trades=sums.trades, net=sums.net) for day, sums in trading.by_day
        ],
    )


def _share(amount: int, of: int) -> int | None:
    return amount // of if of else None
