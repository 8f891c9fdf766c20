"""Ten thousand tokens that attackers might send, on REST and on the WebSocket: none lets anybody in."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask

from tests.support.api import PASSWORD, Api, body_of, problem_of
from tests.support.mutations import Good, like, mutations
from tests.support.relay import Relay, running_relay
from tests.support.services import RunningServer, Services

COUNT = 10_000
ON_THE_WEBSOCKET = 500
ANSWERS_OF_ONE_CLIENT = 50


@pytest.fixture
def good(app: Flask) -> Good:
    """An account's tokens, another's, and one of a session that was signed out."""
    api, another, ended = Api(app).signs_up(), Api(app).signs_up(), Api(app)
    ended.token = body_of(ended.post("/user/signin", {"email": api.email, "password": PASSWORD}))["token"]
    ended.post("/user/signout")
    refresh = api.client.get_cookie("refresh_token", path="/api/v2/user")
    assert refresh is not None
    assert api.token is not None
    assert another.token is not None
    assert ended.token is not None
    return Good(api.token, refresh.value, another.token, ended.token, api.user_id, api.session_id)


def lets_in(app: Flask, token: str) -> bool:
    """Whether the token gets anything but a 401."""
    answer = app.test_client().get("/api/v2/user/me", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 200:
        return True
    assert problem_of(answer)[0] == 401, answer.text
    return False


def test_none_of_ten_thousand_mutated_tokens_is_accepted(app: Flask, good: Good) -> None:
    tokens = list(mutations(good, count=COUNT, seed=1))
    assert len({token for _, token in tokens}) == COUNT
    # What they are made from is let in: it is the mutation that is refused.
    assert lets_in(app, good.access)
    assert lets_in(app, like(good, random.Random(1)))

    accepted = [(what, token) for what, token in tokens if lets_in(app, token)]

    assert accepted == []
    assert lets_in(app, good.access)


def test_nor_after_redis_was_killed_and_came_back_empty(
    services: Services, queues: redis.Redis, app: Flask, good: Good
) -> None:
    server: RunningServer = services.servers["queues"]

    server.kill()
    while_away = [what for what, token in mutations(good, count=200, seed=2) if lets_in(app, token)]
    still = lets_in(app, good.access)
    server.start().wait()
    # It keeps a file: without it, it has nothing.
    queues.flushall()
    assert queues.dbsize() == 0
    afterwards = [what for what, token in mutations(good, count=1_000, seed=3) if lets_in(app, token)]

    assert (while_away, still, afterwards) == ([], True, [])
    assert lets_in(app, good.access)


@pytest.fixture
def relay(services: Services, app: Flask, tmp_path: Path) -> Iterator[Relay]:
    """A relay on the app's servers."""
    with running_relay(services, tmp_path) as relay:
        yield relay


def test_nor_does_one_get_order_messages(relay: Relay, good: Good) -> None:
    tokens = [token for _, token in mutations(good, count=ON_THE_WEBSOCKET, seed=4) if len(token) < 3_000]
    for first in range(0, len(tokens), ANSWERS_OF_ONE_CLIENT):
        with relay.connect() as client:
            for token in tokens[first : first + ANSWERS_OF_ONE_CLIENT]:
                client.says("AUTH", token=token)
                assert client.hears()["type"] in {"UNAUTHENTICATED", "ERROR"}, token
    with relay.connect(token=good.access) as client:
        assert client.hears() == {"type": "AUTHENTICATED", "userId": good.user_id}
