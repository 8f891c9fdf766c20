"""The end of what lets a client in ends its connection at once; a newer token in time keeps it."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import redis
import sqlalchemy as sa

from accounts.apikeys import ApiKeys, KeyTerms
from accounts.audit import Visitor
from accounts.callers import Caller
from accounts.sessions import Sessions
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.relay import Relay, StreamClient
from tests.support.tokens import make_token
from tests.support.trading import Trader, request

VISITOR = Visitor("127.0.0.1", "tests")
# Far below SESSION_TRUST_S, after which a relay that was told nothing would ask by itself.
AT_ONCE_S = 5.0


@pytest.fixture
def sessions(database: sa.Engine, queues: redis.Redis, settings: Settings) -> Sessions:
    """As the web process has them."""
    return Sessions(database, queues, settings)


@pytest.fixture
def keys(database: sa.Engine, queues: redis.Redis, settings: Settings) -> ApiKeys:
    """As the web process has them."""
    return ApiKeys(database, queues, settings)


def owner_of(relay: Relay, trader: Trader) -> Caller:
    """The account's owner, signed in."""
    session_id = relay.session_of(trader.user_id)
    return Caller(trader.user_id, "trader", True, "password", 0, ("read", "trade", "account"), session_id)


def assert_ended(client: StreamClient) -> None:
    code, said = client.closing(limit_s=AT_ONCE_S)
    assert code == 1008
    assert [message["type"] for message in said] == ["UNAUTHENTICATED"]
    assert "ended" in said[0]["message"]


def following(relay: Relay, user_id: str, session_id: str) -> StreamClient:
    client = relay.connect(token=make_token(user_id, sid=session_id))
    assert client.hears() == {"type": "AUTHENTICATED", "userId": user_id}
    return client


def test_signing_out_ends_its_connection_at_once_and_no_other(
    relay: Relay, desk: OrderDesk, sessions: Sessions
) -> None:
    trader = Trader.with_balance(desk)
    here, elsewhere = relay.session_of(trader.user_id), relay.session_of(trader.user_id)
    with (
        following(relay, trader.user_id, here) as ending,
        following(relay, trader.user_id, elsewhere) as other,
    ):
        sessions.sign_out(here, VISITOR)

        assert_ended(ending)
        desk.deposit(trader.user_id, request(), 1)
        assert other.hears()["seq"] == 2


def test_signing_out_everywhere_ends_all_of_the_accounts_connections(
    relay: Relay, desk: OrderDesk, sessions: Sessions
) -> None:
    trader, stranger = Trader.with_balance(desk), Trader.with_balance(desk)
    clients = [following(relay, trader.user_id, relay.session_of(trader.user_id)) for _ in range(3)]
    with relay.signed_in(stranger.user_id) as other:
        assert sessions.end_everywhere(UUID(trader.user_id), VISITOR, by=None) == 3

        for client in clients:
            assert_ended(client)
            client.connection.close()
        other.hears_nothing_more()


def test_a_revoked_key_ends_its_connection_at_once(relay: Relay, desk: OrderDesk, keys: ApiKeys) -> None:
    trader = Trader.with_balance(desk)
    owner = owner_of(relay, trader)
    key, text = keys.make(owner, KeyTerms("bot", ("read",)), VISITOR)
    with relay.connect(token=text) as client:
        assert client.hears() == {"type": "AUTHENTICATED", "userId": trader.user_id}

        assert keys.revoke(owner, key.id, VISITOR)

        assert_ended(client)


def test_a_key_that_may_only_trade_hears_of_no_order(relay: Relay, desk: OrderDesk, keys: ApiKeys) -> None:
    trader = Trader.with_balance(desk)
    owner = owner_of(relay, trader)
    _, text = keys.make(owner, KeyTerms("bot", ("trade",)), VISITOR)
    with relay.connect(token=text) as client:
        refused = client.hears()
        desk.deposit(trader.user_id, request(), 1)
        client.hears_nothing_more()

    assert (refused["type"], refused["message"]) == ("UNAUTHENTICATED", "The key has no permission to read")


def test_a_key_that_ends_by_itself_ends_its_connection(relay: Relay, desk: OrderDesk, keys: ApiKeys) -> None:
    trader = Trader.with_balance(desk)
    owner = owner_of(relay, trader)
    ends = datetime.now(UTC) + timedelta(seconds=2)
    _, text = keys.make(owner, KeyTerms("bot", ("read",), expires_at=ends), VISITOR)
    with relay.connect(token=text) as client:
        assert client.hears()["type"] == "AUTHENTICATED"

        code, said = client.closing()

    assert time.time() >= ends.timestamp()
    assert (code, said[-1]["type"]) == (1008, "UNAUTHENTICATED")


def test_an_ended_session_lets_nobody_in_again(relay: Relay, desk: OrderDesk, sessions: Sessions) -> None:
    trader = Trader.with_balance(desk)
    session_id = relay.session_of(trader.user_id)
    with following(relay, trader.user_id, session_id) as client:
        sessions.sign_out(session_id, VISITOR)
        assert_ended(client)

    with relay.connect(token=make_token(trader.user_id, sid=session_id)) as again:
        assert again.hears()["type"] == "UNAUTHENTICATED"
        desk.deposit(trader.user_id, request(), 1)
        again.hears_nothing_more()


def test_a_newer_token_in_time_keeps_the_connection_and_every_message(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    session_id = relay.session_of(trader.user_id)
    ends = int(time.time()) + 2
    with relay.connect(token=make_token(trader.user_id, sid=session_id, exp=ends)) as client:
        assert client.hears()["type"] == "AUTHENTICATED"
        desk.deposit(trader.user_id, request(), 1)
        client.says("AUTH", token=make_token(trader.user_id, sid=session_id))
        heard = [client.hears(), client.hears()]
        while time.time() < ends + 0.5:
            desk.deposit(trader.user_id, request(), 1)
            heard.append(client.hears())
        client.hears_nothing_more()

    numbers = [message["seq"] for message in heard if "seq" in message]
    assert numbers == list(range(2, 2 + len(numbers)))
    assert [message["type"] for message in heard].count("AUTHENTICATED") == 1


def test_a_newer_session_takes_the_place_of_the_one_before(
    relay: Relay, desk: OrderDesk, sessions: Sessions
) -> None:
    """What ends the connection is the end of the session that it goes on with."""
    trader = Trader.with_balance(desk)
    before, after = relay.session_of(trader.user_id), relay.session_of(trader.user_id)
    with following(relay, trader.user_id, before) as client:
        client.says("AUTH", token=make_token(trader.user_id, sid=after))
        assert client.hears()["type"] == "AUTHENTICATED"

        sessions.sign_out(before, VISITOR)
        client.hears_nothing_more()
        sessions.sign_out(after, VISITOR)

        assert_ended(client)


def test_the_end_of_a_session_that_nobody_has_is_nothing(relay: Relay, sessions: Sessions) -> None:
    with relay.connect() as client:
        sessions.sign_out(str(uuid4()), VISITOR)

        client.hears_nothing_more()
