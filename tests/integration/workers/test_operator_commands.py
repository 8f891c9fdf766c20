"""What operators do at the command line at night: the same as in /ops, and on the same record."""

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from models import OperatorAction
from operators.limits import limits_in_force
from operators.pauses import paused_actors
from orders.client import OrderDesk
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.api import Api, body_of, order_body, problem_of
from tests.support.books import rows
from tests.support.trading import Market

WHY = ("--why", "told to by the risk desk")


@pytest.fixture
def app(settings: Settings, desk: OrderDesk, queues: redis.Redis, database: sa.Engine) -> Flask:
    """The app, on empty servers; BTC and ETH have a price."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    return create_app(settings)


@pytest.fixture
def trader(app: Flask) -> Api:
    """Somebody who trades."""
    return Api(app).signs_up("ann@example.com")


def flask(app: Flask, *words: str, status: int = 0) -> str:
    """What `flask WORDS` says."""
    answer = app.test_cli_runner().invoke(args=words)
    assert answer.exit_code == status, answer.output
    return answer.output


def record(database: sa.Engine) -> list[tuple[str, str, str, str | None]]:
    """What was done, why, and how it ended; the oldest first."""
    return [
        (row["kind"], row["subject"], row["reason"], row["outcome"])
        for row in rows(database, OperatorAction, "at")
    ]


def test_an_asset_is_halted_and_goes_on(app: Flask, trader: Api, database: sa.Engine) -> None:
    order = trader.opens(asset="ETH")

    assert flask(app, "halt", "eth", *WHY) == "ETH   close only\n"

    assert problem_of(trader.post("/trade/open", order_body(asset="ETH"))) == (409, "asset_close_only")
    assert trader.post("/trade/close", {"orderId": order["orderId"]}).status_code == 200
    flask(app, "resume", "ETH", *WHY)
    trader.opens(asset="ETH")
    assert record(database) == [("asset_limited", "asset ETH", WHY[1], "done")] * 2


def test_limits_are_set_one_by_one_and_shown(app: Flask, trader: Api) -> None:
    flask(app, "limits", "set", "BTC", "--leverage-max", "5", "--position-max", "1500.50", *WHY)
    flask(app, "limits", "set", "BTC", "--exposure-max", "20000", "--leverage-max", "none", *WHY)

    assert flask(app, "limits").splitlines() == [
        "BTC   position up to $1,500.50, exposure up to $20,000.00",
        "ETH   no limits beyond the terms",
        "SOL   no limits beyond the terms",
    ]
    refused = trader.post("/trade/open", order_body(margin=200, leverage=10))
    assert problem_of(refused) == (409, "position_above_limit")


def test_an_account_is_halted_by_its_address_or_id(app: Flask, trader: Api, database: sa.Engine) -> None:
    flask(app, "halt", "Ann@Example.com", *WHY)
    assert problem_of(trader.post("/trade/open", order_body())) == (403, "account_halted")
    assert "halted" in flask(app, "accounts", "find", "ann")

    flask(app, "resume", trader.user_id, *WHY)

    trader.opens()
    assert [kind for kind, *_ in record(database)] == ["account_halted", "account_resumed"]


def test_a_balance_is_put_right_and_an_account_started_over(
    app: Flask, trader: Api, database: sa.Engine
) -> None:
    assert "$5,012.50 now" in flask(app, "accounts", "adjust", trader.email, "12.50", *WHY)
    assert "$5,000.00 now" in flask(app, "accounts", "adjust", trader.user_id, *WHY, "--", "-12.50")
    trader.opens()
    assert "long BTC" in flask(app, "accounts", "show", trader.email)

    assert "$5,000.00 now, and no position" in flask(app, "accounts", "reset", trader.email, *WHY)

    assert body_of(trader.get("/trade/open"))["orders"] == []
    assert [kind for kind, *_ in record(database)] == ["balance_adjusted"] * 2 + ["account_reset"]


def test_more_than_there_is_can_not_be_taken_and_that_is_on_record(
    app: Flask, trader: Api, database: sa.Engine
) -> None:
    said = flask(app, "accounts", "adjust", trader.email, *WHY, "--", "-9999999", status=1)

    assert "refused: insufficient_balance" in said
    assert [outcome for *_, outcome in record(database)] == ["failed"]


def test_an_actor_is_paused_and_goes_on(app: Flask, queues: redis.Redis, database: sa.Engine) -> None:
    flask(app, "queues", "pause", "send_mail", *WHY)
    assert paused_actors(queues)["send_mail"].reason == WHY[1]

    flask(app, "queues", "resume", "send_mail", *WHY)

    assert paused_actors(queues) == {}
    assert [kind for kind, *_ in record(database)] == ["actor_paused", "actor_resumed"]


@pytest.mark.parametrize(
    "words",
    [
        ("halt", "ETH"),
        ("halt", "ETH", "--why", "no"),
        ("halt", "DOGE", *WHY),
        ("resume", "nobody@example.com", *WHY),
        ("limits", "set", "BTC", "--leverage-max", "many", *WHY),
        ("limits", "set", "BTC", "--position-max", "-5", *WHY),
        ("limits", "set", "DOGE", "--close-only", *WHY),
        ("accounts", "adjust", "nobody@example.com", "5", *WHY),
        ("accounts", "adjust", "ann@example.com", "much", *WHY),
        ("accounts", "reset", "ann@example.com"),
        ("queues", "pause", "apply_limits", *WHY),
        ("queues", "pause", "nothing", *WHY),
        ("queues", "retry", "17", *WHY),
        ("queues", "retry", "17", "--why", "no"),
        ("queues", "drop", "17"),
        ("record", "--about", "nobody@example.com"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_or_has_no_reason_changes_nothing(
    app: Flask, trader: Api, queues: redis.Redis, words: tuple[str, ...]
) -> None:
    flask(app, *words, status=2)

    assert paused_actors(queues) == {}
    assert flask(app, "limits").count("no limits beyond the terms") == 3
    assert body_of(trader.get("/user/balance"))["balance"]["cents"] == 500_000


@pytest.mark.parametrize(
    "words", [("halt",), ("resume",), ("limits",), ("accounts",), ("queues", "pause"), ("record",)]
)
def test_help_teaches_by_example(app: Flask, words: tuple[str, ...]) -> None:
    assert "flask " in flask(app, *words, "--help").split("\n", 1)[1]


def test_the_record_tells_who_did_what_and_why(app: Flask, trader: Api) -> None:
    assert flask(app, "record") == "nothing is on record\n"
    flask(app, "halt", "ETH", *WHY)
    flask(app, "accounts", "adjust", trader.email, *WHY, "--", "-9999999", status=1)
    flask(app, "resume", "ETH", "--why", "it is up again")

    lines = flask(app, "record").splitlines()

    assert ["asset_limited asset ETH" in line for line in lines] == [True, False, True]
    assert all("  console  " in line for line in lines)
    assert lines[0].endswith(f'  "{WHY[1]}"  done')
    assert f"balance_adjusted account {trader.user_id} cents=-999999900" in lines[1]
    assert "  failed: " in lines[1]
    # And of one thing, or the newest only
    assert flask(app, "record", "--about", trader.email).splitlines() == lines[1:2]
    assert flask(app, "record", "--about", "asset ETH", "--count", "1").splitlines()[0] == lines[2]


def test_a_decision_about_a_message_is_on_record_also_when_there_is_none(
    app: Flask, database: sa.Engine
) -> None:
    flask(app, "queues", "drop", "17", *WHY, status=2)

    assert record(database) == [("message_dropped", "message 17", WHY[1], "failed")]


@pytest.mark.parametrize(
    "words",
    [
        ("halt", "ETH", *WHY),
        ("limits",),
        ("accounts", "show", "ann@example.com"),
        ("queues", "pause", "send_mail", *WHY),
        ("record",),
    ],
    ids=" ".join,
)
def test_a_server_that_is_away_is_told_in_a_sentence(settings: Settings, words: tuple[str, ...]) -> None:
    nowhere = quiet_port()
    away = settings.model_copy(update={"database_url": f"postgresql://nobody@127.0.0.1:{nowhere}/nothing"})

    said = flask(create_app(away), *words, status=1)

    assert said.startswith("Error: a server is away: ")


def test_with_the_order_state_away_a_halt_is_kept_and_told_as_failed(
    settings: Settings, desk: OrderDesk, database: sa.Engine
) -> None:
    url = f"redis://127.0.0.1:{quiet_port()}/0"
    away = settings.model_copy(update={"orders_redis_url": url, "orders_web_redis_url": ""})

    said = flask(create_app(away), "halt", "ETH", *WHY, status=1)

    assert "a server is away" in said
    assert [outcome for *_, outcome in record(database)] == ["failed"]
    # The scheduler's next round applies it: what counts is PostgreSQL's
    with database.connect() as connection:
        assert limits_in_force(connection)["ETH"].close_only
