"""Why the order state refuses: written once, rendered into the Lua library, turned into HTTP by the edge."""

from enum import StrEnum

from domain.errors import DeskError


class Code(StrEnum):
    """The machine-readable word of a refusal."""

    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_HALTED = "account_halted"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    ASSET_CLOSE_ONLY = "asset_close_only"
    ASSET_UNKNOWN = "asset_unknown"
    BALANCE_TOO_LARGE = "balance_too_large"
    EXPOSURE_ABOVE_LIMIT = "exposure_above_limit"
    FENCED = "fenced"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    LEASE_HELD = "lease_held"
    LEVERAGE_ABOVE_LIMIT = "leverage_above_limit"
    LEVERAGE_NOT_OFFERED = "leverage_not_offered"
    MARGIN_OUT_OF_RANGE = "margin_out_of_range"
    ORDER_UNKNOWN = "order_unknown"
    PERCENTAGE_OUT_OF_RANGE = "percentage_out_of_range"
    POSITION_ABOVE_LIMIT = "position_above_limit"
    POSITION_TOO_LARGE = "position_too_large"
    PRICE_MOVING = "price_moving"
    PRICE_STALE = "price_stale"
    PRICE_UNCONFIRMED = "price_unconfirmed"
    PRICE_UNKNOWN = "price_unknown"
    SNAPSHOT_UNREADABLE = "snapshot_unreadable"
    STATE_UNPROVEN = "state_unproven"
    STOP_LOSS_WRONG_SIDE = "stop_loss_wrong_side"
    TAKE_PROFIT_WRONG_SIDE = "take_profit_wrong_side"
    TICK_OUT_OF_RANGE = "tick_out_of_range"
    TOO_MANY_POSITIONS = "too_many_positions"
    TOO_SMALL = "too_small"
    TRADE_ID_NOT_ABOVE = "trade_id_not_above"
    TRAILING_DISTANCE_OUT_OF_RANGE = "trailing_distance_out_of_range"


class Refused(DeskError):
    """The order state refused a command and changed nothing.

    details: what the sentence to the person needs, e.g. the entry price that a trigger is wrong against.
    """

    def __init__(self, code: Code, details: dict[str, str]) -> None:
        super().__init__(f"{code} {details}" if details else str(code))
        self.code: Code = code
        self.details = details
