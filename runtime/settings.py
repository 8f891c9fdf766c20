"""The only reader of the environment.

Every limit, rate, size, interval, fee and spread of the desk is a field here, with its default and what it
means. `python -m runtime.settings` prints them as `.env.example`; a test keeps that file true.
"""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from domain.instruments import ASSETS, LEVERAGE_MAX, TERMS_BPS_MAX, Instrument
from domain.units import BASIS_POINTS, NOTIONAL_CENTS_MAX
from runtime.identity_settings import IdentitySettings

HISTORY_DAYS_MAX = 90

# Comma-separated in the environment.
Words = Annotated[tuple[str, ...], NoDecode]

BasisPoints = Annotated[int, Field(ge=0, le=TERMS_BPS_MAX)]
MarginCents = Annotated[int, Field(ge=1, le=NOTIONAL_CENTS_MAX)]
Leverages = Annotated[tuple[Annotated[int, Field(ge=1, le=LEVERAGE_MAX)], ...], Field(min_length=1)]
Percent = Annotated[int, Field(ge=0, le=99)]
StaleMs = Annotated[int, Field(ge=100)]
DeviationBps = Annotated[int, Field(ge=0, le=BASIS_POINTS)]
Confirmations = Annotated[int, Field(ge=1, le=100)]


class TermsOverride(BaseModel):
    """What INSTRUMENT_OVERRIDES may say of one asset; the rest is the deployment's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fee_bps: BasisPoints | None = None
    spread_bps: BasisPoints | None = None
    margin_min_cents: MarginCents | None = None
    margin_max_cents: MarginCents | None = None
    leverages: Leverages | None = None
    stop_out_percent: Percent | None = None
    stale_after_ms: StaleMs | None = None
    deviation_bps: DeviationBps | None = None
    confirmations: Confirmations | None = None


class Settings(IdentitySettings):
    """The deployment's settings, from the environment and the file `.env`.

    Raises pydantic's ValidationError when one is missing, malformed or too weak to start with.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        # What is refused at start may be a secret.
        hide_input_in_errors=True,
    )

    # --- Deployment
    environment: Literal["development", "production"] = Field(
        "development", description="In production weak secrets and the `auto` feed stop the start."
    )
    data_dir: Path = Field(Path(".data"), description="Where `make run` keeps the embedded servers' data.")
    embedded_ports_from: int | None = Field(
        None,
        ge=1,
        le=65_000,
        description="The embedded servers listen on this port and those after it; unset: on the usual ones.",
    )
    process: Literal["web", "stream"] = Field(
        "web", description="Which of the two gunicorn is to serve; the Procfile says it."
    )
    run_id: str = Field(
        "", description="Names one start of the desk; set by `make run` so that a replay starts anew."
    )
    log_format: Literal["auto", "pretty", "json"] = Field(
        "auto", description="auto: json in production, pretty otherwise."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least severe level.")

    # --- Servers (left empty, `make run` starts its own)
    database_url: str = Field("", description="PostgreSQL, postgresql://user:password@host:port/name")
    redis_url: str = Field(
        "", description="Redis or Valkey for queues, rate limits and revocations (fsync each second)."
    )
    orders_redis_url: str = Field(
        "", description="Redis >= 7 or Valkey for order state; wants appendfsync always."
    )
    orders_redis_cluster: bool = Field(
        False, description="ORDERS_REDIS_URL is of a cluster: any of its nodes, or several, comma-separated."
    )
    orders_web_redis_url: str = Field(
        "",
        description="ORDERS_REDIS_URL for web and stream, redis://web:password@...: the release step makes"
        " this user of few rights. Empty: they are as the others.",
    )
    kafka_brokers: str = Field("", description="Kafka bootstrap servers, host:port,host:port")
    database_pool_size: int = Field(5, ge=1, le=100, description="Connections kept by each process.")
    database_timeout_s: int = Field(5, ge=1, le=60, description="Wait for a connection or statement.")
    redis_timeout_s: float = Field(5.0, gt=0, le=60, description="Wait for an answer of Redis.")

    # --- Web
    web_host: str = Field("127.0.0.1", description="Address the web process and the relay listen on.")
    web_port: int = Field(5000, ge=1, le=65535, description="REST, the page, and /ws.")
    stream_port: int = Field(8080, ge=1, le=65535, description="The WebSocket relay.")
    web_workers: int = Field(1, ge=1, le=64, description="gunicorn workers of the web process.")
    stream_workers: int = Field(1, ge=1, le=64, description="gunicorn workers of the relay.")
    cors_origins: Words = Field(
        ("http://localhost:5000", "http://127.0.0.1:5000", "http://localhost:5173"),
        description="Origins whose pages may call the API and open the WebSocket.",
    )
    request_bytes_max: int = Field(65_536, ge=1024, description="Largest request body; above it 413.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Who says it may read /metrics; empty: only this machine's own addresses."
    )
    graceful_stop_s: int = Field(5, ge=1, le=60, description="What a stopping process may take.")

    # --- Trading terms
    start_balance_cents: int = Field(500_000, ge=0, le=NOTIONAL_CENTS_MAX, description="Demo balance.")
    fee_bps: BasisPoints = Field(50, description="Fee on margin, opening and closing.")
    spread_bps: BasisPoints = Field(1, description="Each side of the last trade, at least 1 unit.")
    margin_min_cents: MarginCents = Field(1_000, description="Smallest margin of a position.")
    margin_max_cents: MarginCents = Field(100_000_000, description="Largest margin of a position.")
    leverages: Annotated[Leverages, NoDecode] = Field(
        (1, 2, 5, 10, 20, 50, 100), description="Leverages on offer."
    )
    stop_out_percent: Percent = Field(0, description="Margin level at which positions end.")
    price_stale_ms: StaleMs = Field(10_000, description="A price older than this fills nothing.")
    price_deviation_bps: DeviationBps = Field(
        500, description="A trade that jumps further waits to be confirmed; 0 believes every trade."
    )
    price_confirmations: Confirmations = Field(2, description="Further trades that confirm such a jump.")
    instrument_overrides: dict[str, TermsOverride] = Field(
        default_factory=dict, description='Terms of one asset, JSON: {"SOL": {"spread_bps": 3}}'
    )
    positions_per_account_max: int = Field(200, ge=1, le=200, description="Open positions per account.")

    # --- Order state
    order_shards: int = Field(1, ge=1, le=1024, description="Shards that accounts are spread over.")
    fired_per_call_max: int = Field(
        50, ge=1, le=200, description="Positions one apply_tick call closes before it lets others in."
    )
    trails_moved_per_call_max: int = Field(
        1_000, ge=1, le=2_000, description="Trailing stops one such call moves before it lets others in."
    )
    request_memory_hours: int = Field(24, ge=1, le=168, description="How long a request id is known.")
    events_kept: int = Field(10_000, ge=0, description="Events left in a shard's stream once journaled.")

    # --- Market feed
    market_feed: Literal["auto", "binance", "replay", "simulated"] = Field(
        "auto", description="auto: Binance when reachable, else simulated; development only."
    )
    binance_stream_urls: Words = Field(
        ("wss://stream.binance.com:9443", "wss://data-stream.binance.vision"),
        description="Tried in turn.",
    )
    binance_connect_timeout_s: float = Field(4.0, gt=0, le=60, description="Wait for the connection.")
    binance_silence_s: float = Field(30.0, gt=0, description="No frame for so long: connect again.")
    reconnect_delay_max_s: float = Field(30.0, gt=0, description="Longest pause between connects.")
    binance_connection_max_s: float = Field(
        85_800.0, gt=0, le=86_400, description="A connection this old gets a successor; Binance cuts at 24 h."
    )
    binance_handover_max_s: float = Field(
        10.0, gt=0, le=300, description="Wait for the successor's trades to join; then it takes over anyway."
    )
    binance_rest_urls: Words = Field(
        ("https://api.binance.com", "https://data-api.binance.vision"), description="Tried in turn."
    )
    binance_rest_timeout_s: float = Field(4.0, gt=0, le=60, description="Wait for one REST answer.")
    binance_rest_tries: int = Field(4, ge=1, le=20, description="Tries of one request, over all hosts.")
    binance_rest_wait_max_s: float = Field(
        90.0, gt=0, description="A limit or a ban of REST that lasts longer is not waited for."
    )
    binance_weight_max: int = Field(
        3_000, ge=10, le=6_000, description="Request weight used in a minute, of the exchange's 6,000."
    )
    binance_gaps_max: int = Field(
        100, ge=1, le=10_000, description="Gaps of one market that wait for their trades at once."
    )
    binance_backfill_max: int = Field(
        500_000, ge=0, description="Trades fetched for one gap, its newest; beyond it only candles tell."
    )
    replay_file: str = Field("", description="CSV (or .gz): trade_id,price,quantity,time_ms,is_buyer_maker")
    replay_symbol: str = Field("BTC", description="The asset that the replayed trades are of.")
    replay_speed: float = Field(1.0, ge=0, description="1 real speed, 10 ten times, 0 as fast as possible.")
    replay_times: Literal["now", "recorded"] = Field("now", description="Shift times to now, or keep them.")
    replay_loop: bool = Field(False, description="Start over at the end, with ids that go on rising.")
    replay_hold_after: int = Field(
        0, ge=0, description="Hold the replay after so many trades until `python -m poller.go`; 0: don't."
    )
    simulator_seed: int = Field(1, description="Seed of the simulated market.")
    simulator_ticks_per_s: float = Field(20.0, gt=0, le=5000, description="Mean trades/s of each asset.")
    feed_queue_max: int = Field(20_000, ge=100, description="Ticks held between the feed and its sinks.")
    feed_report_s: float = Field(10.0, gt=0, description="Interval of the poller's line of figures.")
    checkpoint_every_s: float = Field(1.0, gt=0, le=60, description="Interval of the feed's checkpoints.")

    history_days: int = Field(
        7,
        ge=0,
        le=HISTORY_DAYS_MAX,
        description="Days of candles that a desk has from its first start on: Binance's, or made up before a"
        " simulated market; 0: none.",
    )
    history_check_s: float = Field(
        300.0, ge=10, description="How often it is looked whether candles of those days are missing."
    )

    lease_s: float = Field(
        1.5, ge=0.2, le=30, description="A poller or scheduler silent for so long is replaced by a standby."
    )

    # --- Kafka
    kafka_topic: str = Field("trades", description="Topic of the trades.")
    kafka_partitions: int = Field(3, ge=1, le=64, description="Made with so many partitions.")
    # At most a week, as PostgreSQL keeps trades for eight days at least: one that it has dropped must not
    # come again, read by a group that starts anew, or candles would count it twice.
    kafka_retention_hours: int = Field(168, ge=1, le=168, description="How long the topic keeps trades.")
    kafka_pending_max: int = Field(
        100_000, ge=100, le=10_000_000, description="Trades that Kafka may owe; beyond it the feed waits."
    )
    kafka_stall_s: float = Field(
        5.0, gt=0, le=300, description="Nothing acknowledged for so long: a new producer sends again."
    )
    kafka_group: str = Field("batcher", description="Consumer group of the batchers.")
    batch_trades_max: int = Field(500, ge=1, le=10_000, description="A batch is full with so many trades.")
    batch_wait_s: float = Field(5.0, gt=0, le=60, description="... or ready after so long.")
    batch_confirm_s: float = Field(15.0, gt=0, description="Not in PostgreSQL by then: enqueued again.")
    batches_in_flight_max: int = Field(16, ge=1, le=64, description="Batches on their way to PostgreSQL.")
    batches_kept_hours: int = Field(24, ge=1, description="How long the ids of stored batches are kept.")

    # --- Trades in PostgreSQL
    trades_kept_days: int = Field(
        30, ge=8, le=36_500, description="Trades older than so many days go; their candles stay."
    )
    trades_days_ahead: int = Field(
        3, ge=1, le=30, description="Days of trades that PostgreSQL without TimescaleDB has tables for ahead."
    )
    trades_compressed_after_days: int = Field(
        2, ge=1, le=7, description="With TimescaleDB: when a day of trades is compressed."
    )

    # --- Background work
    worker_threads: int = Field(4, ge=1, le=64, description="Threads of a Dramatiq worker process.")
    worker_processes: int = Field(1, ge=1, le=64, description="Dramatiq worker processes.")
    parked_max: int = Field(
        1000, ge=1, le=100_000, description="Failed messages kept for an operator; more are only logged."
    )
    dropped_kept_days: int = Field(30, ge=1, description="How long dropped messages can be looked at.")
    journal_nudge_s: float = Field(1.0, gt=0, le=60, description="Scheduler's nudge to the journal.")
    journal_batch_max: int = Field(1000, ge=1, le=10_000, description="Events in one transaction.")
    snapshot_every_s: float = Field(10.0, gt=0, description="Interval of snapshots.")
    snapshot_accounts_max: int = Field(2000, ge=1, description="Accounts written by one snapshot.")
    snapshots_kept: int = Field(3, ge=1, le=100, description="Snapshots kept of each account.")

    # --- Reads
    history_wait_s: float = Field(
        1.0, ge=0, le=10, description="How long a history read waits for the journal to catch up."
    )
    history_export_max: int = Field(
        100_000, ge=1, le=1_000_000, description="Closed orders in one CSV; what is cut off says so."
    )

    # --- Live stream
    stream_frame_bytes_max: int = Field(4096, ge=256, description="Largest frame a client may send.")
    stream_bytes_per_s_max: int = Field(
        65_536, ge=4096, description="A client that sends more in a second is closed with 1008."
    )
    stream_messages_per_s_max: int = Field(
        100, ge=10, description="... or so many messages: closed with 1008 as well."
    )
    stream_unsent_bytes_max: int = Field(
        16_384,
        ge=4096,
        description="Bytes that the kernel holds back for a slow client; the rest waits here.",
    )
    stream_resume_max: int = Field(
        1000,
        ge=10,
        description="Missed order messages told one by one; beyond that the account as it stands.",
    )
    stream_order_queue_max: int = Field(1000, ge=10, description="Order messages waiting for one client.")
    stream_ping_s: float = Field(20.0, gt=0, description="Interval of pings.")
    stream_idle_s: float = Field(60.0, gt=0, description="A client silent for so long is closed.")
    stream_write_s: float = Field(10.0, gt=0, description="A client that takes no bytes so long is closed.")
    stream_clients_max: int = Field(4000, ge=1, description="Connections of one relay process.")

    @field_validator("cors_origins", "binance_stream_urls", "binance_rest_urls", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("leverages", mode="before")
    @classmethod
    def _split_numbers(cls, value: object) -> object:
        return tuple(int(word) for word in value.split(",")) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_relations(self) -> Self:
        if self.environment == "production":
            self.check_production()
            if self.market_feed == "auto":
                raise ValueError("MARKET_FEED=auto is for development; say binance, replay or simulated")
        if self.orders_redis_cluster and not self.orders_redis_url:
            raise ValueError("ORDERS_REDIS_CLUSTER needs ORDERS_REDIS_URL: the embedded server is no cluster")
        for url in filter(None, self.orders_web_redis_url.split(",")):
            user = urlsplit(url.strip())
            if user.username in {None, "", "default"} or not user.password:
                raise ValueError("ORDERS_WEB_REDIS_URL must name a user, not `default`, and its password")
        if self.market_feed == "replay" and not self.replay_file:
            raise ValueError("MARKET_FEED=replay needs REPLAY_FILE")
        if self.replay_symbol not in ASSETS:
            raise ValueError(f"REPLAY_SYMBOL must be one of {', '.join(ASSETS)}")
        if unknown := self.instrument_overrides.keys() - ASSETS.keys():
            raise ValueError(f"INSTRUMENT_OVERRIDES names unknown assets: {', '.join(sorted(unknown))}")
        for symbol in ASSETS:
            instrument = self.instrument(symbol)
            if instrument.margin_min_cents > instrument.margin_max_cents:
                raise ValueError(f"{symbol}: MARGIN_MIN_CENTS is above MARGIN_MAX_CENTS")
            if instrument.margin_max_cents * max(instrument.leverages) > NOTIONAL_CENTS_MAX:
                raise ValueError(f"{symbol}: MARGIN_MAX_CENTS x leverage passes what order arithmetic holds")
        return self

    def instrument(self, symbol: str) -> Instrument:
        """The terms of one asset: the deployment's, with what INSTRUMENT_OVERRIDES says of it."""
        terms: dict[str, Any] = {
            "fee_bps": self.fee_bps,
            "spread_bps": self.spread_bps,
            "margin_min_cents": self.margin_min_cents,
            "margin_max_cents": self.margin_max_cents,
            "leverages": self.leverages,
            "stop_out_percent": self.stop_out_percent,
            "stale_after_ms": self.price_stale_ms,
            "deviation_bps": self.price_deviation_bps,
            "confirmations": self.price_confirmations,
        }
        overrides = self.instrument_overrides.get(symbol, TermsOverride())
        return Instrument(symbol=symbol, **(terms | overrides.model_dump(exclude_none=True)))

    @property
    def instruments(self) -> dict[str, Instrument]:
        """The terms of every asset, by symbol."""
        return {symbol: self.instrument(symbol) for symbol in ASSETS}

    @property
    def page_url(self) -> str:
        """Where browsers find the page, without a slash at the end."""
        return self.public_url or f"http://127.0.0.1:{self.web_port}"

    def for_web(self) -> Self:
        """The settings of a process that faces the internet: as the order state's user of few rights."""
        if not self.orders_web_redis_url:
            return self
        return self.model_copy(update={"orders_redis_url": self.orders_web_redis_url})

    @property
    def pretty_logs(self) -> bool:
        """Whether logs are for eyes rather than for machines."""
        return self.log_format == "pretty" or (
            self.log_format == "auto" and self.environment == "development"
        )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()


def example_file() -> str:
    """The text of `.env.example`: every setting, its default, and what it means."""
    lines = ["# Every setting of cfdesk with its default. Copy to .env and change what you need.", ""]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, SecretStr):
            default = ""
        elif isinstance(default, tuple):
            default = ",".join(map(str, default))
        elif default is None:
            default = ""
        elif isinstance(default, bool):
            default = str(default).lower()
        elif isinstance(default, dict):
            default = "{}"
        lines += [f"# {field.description}", f"# {name.upper()}={default}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(example_file())
