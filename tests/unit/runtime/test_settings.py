"""Settings that can't work together, or are too weak, stop the start with a sentence; the example is true."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runtime.settings import Settings, example_file

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "jwt_secret": "0123456789abcdef" * 2,
    "market_feed": "binance",
    "public_url": "https://desk.example.com",
    "mail_url": "smtp://desk:password@mail.example.com:587",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def make(**values: Any) -> Settings:
    """Settings of these values alone."""
    return Settings(_env_file=None, **values)


def test_the_defaults_start_a_development_desk() -> None:
    assert make().environment == "development"


def test_production_starts_with_a_secret_and_a_named_feed() -> None:
    assert make(**PRODUCTION).environment == "production"
    assert make(**PRODUCTION | {"mail_url": "", "google_client_id": "x"}).environment == "production"


@pytest.mark.parametrize("secret", ["", "x" * 31, "ü" * 15])
def test_production_wants_a_secret_of_32_bytes(secret: str) -> None:
    with pytest.raises(ValidationError, match="JWT_SECRET must have at least 32 bytes"):
        make(**PRODUCTION | {"jwt_secret": secret})


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (PRODUCTION | {"market_feed": "auto"}, "MARKET_FEED=auto is for development"),
        (PRODUCTION | {"jwt_secret": "changeme" * 4}, "JWT_SECRET repeats itself"),
        (PRODUCTION | {"public_url": ""}, "PUBLIC_URL must be the page's https"),
        (PRODUCTION | {"public_url": "http://desk.example.com"}, "PUBLIC_URL must be the page's https"),
        (PRODUCTION | {"cookies_secure": False}, "COOKIES_SECURE=false is for development"),
        (PRODUCTION | {"mail_url": "console:"}, "MAIL_URL=console: is for development"),
        (PRODUCTION | {"mail_url": ""}, "MAIL_URL, or a provider"),
        (PRODUCTION | {"rate_limits_enabled": False}, "RATE_LIMITS_ENABLED=false"),
        ({"margin_min_cents": 2, "margin_max_cents": 1}, "MARGIN_MIN_CENTS is above"),
        ({"leverages": ()}, "leverages"),
        ({"leverages": (0, 1)}, "leverages"),
        ({"leverages": (1001,)}, "leverages"),
        ({"margin_max_cents": 1_300_000_001}, "passes what order arithmetic holds"),
        ({"market_feed": "replay"}, "needs REPLAY_FILE"),
        ({"replay_symbol": "DOGE"}, "REPLAY_SYMBOL must be"),
        ({"instrument_overrides": {"DOGE": {}}}, "unknown assets: DOGE"),
        ({"instrument_overrides": {"BTC": {"fees": 1}}}, "instrument_overrides.BTC.fees"),
        ({"instrument_overrides": {"BTC": {"fee_bps": -100}}}, "instrument_overrides.BTC.fee_bps"),
        ({"instrument_overrides": {"BTC": {"leverages": []}}}, "instrument_overrides.BTC.leverages"),
        ({"instrument_overrides": {"BTC": {"leverages": [5000]}}}, "instrument_overrides.BTC.leverages"),
        ({"instrument_overrides": {"BTC": {"stop_out_percent": 500}}}, "stop_out_percent"),
        ({"instrument_overrides": {"BTC": {"stale_after_ms": "soon"}}}, "stale_after_ms"),
        ({"instrument_overrides": {"BTC": {"margin_max_cents": 10**10}}}, "BTC: MARGIN_MAX_CENTS x leverage"),
        ({"environment": "staging"}, "environment"),
        ({"order_shards": 0}, "order_shards"),
        # PostgreSQL may have dropped what is older.
        ({"kafka_retention_hours": 169}, "kafka_retention_hours"),
        ({"orders_redis_cluster": True}, "ORDERS_REDIS_CLUSTER needs ORDERS_REDIS_URL"),
        ({"fee_bps": -1}, "fee_bps"),
        ({"orders_web_redis_url": "redis://:full@orders:6379/0"}, "ORDERS_WEB_REDIS_URL must name a user"),
        ({"orders_web_redis_url": "redis://default:full@orders:6379/0"}, "not `default`"),
        ({"orders_web_redis_url": "redis://web@orders:6379/0"}, "and its password"),
        ({"orders_web_redis_url": "redis://web:few@one:1,redis://:full@two:2"}, "must name a user"),
    ],
)
def test_what_cannot_work_stops_the_start(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        make(**changed)


def test_what_faces_the_internet_goes_by_the_user_of_few_rights_where_there_is_one() -> None:
    alone = make(orders_redis_url="redis://:full@orders:6379/0")
    both = make(orders_redis_url="redis://:full@orders:6379/0", orders_web_redis_url="redis://web:few@orders")

    assert alone.for_web() == alone
    assert both.for_web().orders_redis_url == "redis://web:few@orders"
    assert both.orders_redis_url == "redis://:full@orders:6379/0"


def test_an_asset_can_have_terms_of_its_own() -> None:
    settings = make(instrument_overrides={"SOL": {"spread_bps": 3, "leverages": [1, 2]}})

    assert (settings.instrument("SOL").spread_bps, settings.instrument("BTC").spread_bps) == (3, 1)
    assert settings.instrument("SOL").leverages == (1, 2)


def test_the_environment_is_read_with_commas_and_empty_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEVERAGES", "1,5")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("FEE_BPS", "")

    settings = make()

    assert settings.leverages == (1, 5)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.fee_bps == 50


def test_a_secret_is_not_shown() -> None:
    assert "xxxx" not in repr(make(jwt_secret="x" * 32))


def test_the_example_file_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text() == example_file()


def test_the_example_file_names_every_setting_and_sets_none() -> None:
    lines = [line for line in example_file().splitlines() if line]

    assert all(line.startswith("# ") for line in lines)
    assert [line for line in lines if "=" in line and line[2:].partition("=")[0].isupper()]
    for name in Settings.model_fields:
        assert any(line.startswith(f"# {name.upper()}=") for line in lines), name


def test_the_example_file_reads_back_as_the_defaults(tmp_path: Path) -> None:
    active = [line.removeprefix("# ") for line in example_file().splitlines() if _is_assignment(line)]
    (tmp_path / ".env").write_text("\n".join(active))

    assert Settings(_env_file=tmp_path / ".env") == make()


def _is_assignment(line: str) -> bool:
    name, equals, _ = line.removeprefix("# ").partition("=")
    return bool(equals) and name.lower() in Settings.model_fields
