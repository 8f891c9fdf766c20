"""The tables of PostgreSQL, as SQLAlchemy 2 models. Money in cents, prices raw, times with time zone."""

from models.account import (
    ApiKey,
    EmailChallenge,
    RecoveryCode,
    SecondFactor,
    SecurityEvent,
    UserSession,
)
from models.base import Base
from models.candle import Candle, CandleSource
from models.epoch import OrderEpoch
from models.ledger import LedgerAccount, LedgerEntry, PlatformProfit
from models.operator import AccountHalt, AssetLimit, OperatorAction
from models.order import ActiveOrder, Balance, ClosedOrder, JournalOffset, OrderEventRow
from models.parked import ParkedMessage
from models.snapshot import OrderSnapshot, UserSnapshot
from models.trade import Trade, TradeBatch
from models.user import OAuthAccount, Role, User

__all__ = [
    "AccountHalt",
    "ActiveOrder",
    "ApiKey",
    "AssetLimit",
    "Balance",
    "Base",
    "Candle",
    "CandleSource",
    "ClosedOrder",
    "EmailChallenge",
    "JournalOffset",
    "LedgerAccount",
    "LedgerEntry",
    "OAuthAccount",
    "OperatorAction",
    "OrderEpoch",
    "OrderEventRow",
    "OrderSnapshot",
    "ParkedMessage",
    "PlatformProfit",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "SecurityEvent",
    "Trade",
    "TradeBatch",
    "User",
    "UserSession",
    "UserSnapshot",
]
