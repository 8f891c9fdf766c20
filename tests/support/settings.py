"""Settings for tests: the session's servers, nothing of the environment's or of a `.env`."""

from typing import Any

from runtime.settings import Settings
from tests.support.services import Services

JWT_SECRET = "a secret of the tests, long enough to sign with any of the algorithms that we refuse"


def make_settings(services: Services, **changes: Any) -> Settings:
    """Settings on the session's servers, with `changes`; the broker is the caller's to ask for."""
    values: dict[str, Any] = {
        "database_url": services.database_url,
        "redis_url": services.redis_url,
        "orders_redis_url": services.orders_redis_url,
        "orders_web_redis_url": services.orders_web_redis_url,
        "jwt_secret": JWT_SECRET,
        "market_feed": "simulated",
        "rate_limits_enabled": False,
        # So long that no price goes stale while a busy machine takes its time.
        "price_stale_ms": 600_000,
        # Days of candles would come among those that a test has made.
        "history_days": 0,
        # Hashing as hard as in production would be most of the suite's time.
        "argon2_memory_kib": 1024,
        "argon2_passes": 1,
    }
    return Settings(_env_file=None, **(values | changes))
