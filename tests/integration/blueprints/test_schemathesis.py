"""`schemathesis run` against a served desk, as a signed-in trader: no 5xx, and what the document says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from orders.client import OrderDesk
from tests.support.api import API
from tests.support.opening import load_and_open
from tests.support.relay import HOST, Relay, running_relay
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader

LIMIT_S = 300
EXAMPLES = 15
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# They would end the session that the run is signed in by: what one answer names, it tries on other routes.
ENDING = ("/user/signout", "/user/signout-everywhere", "/user/sessions/{session_id}")


@pytest.fixture
def web(
    migrated: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine, tmp_path: Path
) -> Iterator[Relay]:
    """The web process, on empty servers; prices stay fresh for as long as a run takes."""
    load_and_open(order_state, make_settings(migrated, price_stale_ms=2 * LIMIT_S * 1000))
    with running_relay(migrated, tmp_path, process="web", path="/ws", history_wait_s=0) as web:
        yield web


def test_a_schemathesis_run_finds_nothing(web: Relay, desk: OrderDesk, tmp_path: Path) -> None:
    for symbol in ("BTC", "ETH", "SOL"):
        Market(desk, symbol).trades_at("64500.12")
    trader = Trader.with_balance(desk)
    address, token = f"http://{HOST}:{web.port}", web.token_of(trader.user_id)

    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}{API}/openapi.json"),
            *("--url", address, "--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1"),
            *(word for path in ENDING for word in ("--exclude-path", API + path)),
            *("--generation-database", "none", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )

    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2_000:]
    # It was signed in to the end.
    with web.connect(token=token) as client:
        assert client.hears()["type"] == "AUTHENTICATED"
