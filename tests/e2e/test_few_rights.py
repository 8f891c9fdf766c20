"""What faces the internet has few rights on a running desk's order state, and knows of no other user."""

from pathlib import Path
from urllib.parse import urlsplit

import redis
from websockets.sync.client import connect

from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

# By the names that processes give their connections.
LIMITED = {"web", "relay"}
FULL = {"poller", "journal", "worker"}


def test_the_web_and_the_relay_are_the_order_states_user_of_few_rights(tmp_path: Path) -> None:
    with running_desk(tmp_path, MARKET_FEED="simulated") as desk:
        credentials = {"email": "trader@example.com", "password": "a long enough password"}
        token = desk.post("/user/signup", credentials)["token"]
        asked = {"asset": "BTC", "type": "buy", "margin": 100, "leverage": 10}
        order = desk.post("/trade/open", asked, token)["order"]
        with connect(f"{desk.addresses['WebSocket']}/?token={token}") as follower:
            assert "AUTHENTICATED" in str(follower.recv(timeout=5))
            desk.post("/trade/close", {"orderId": order["orderId"]}, token)
            assert order["orderId"] in str(follower.recv(timeout=5))

            users = eventually(lambda: users_of(desk, LIMITED | FULL), limit_s=30, what="every connection")

        assert [users[name] for name in LIMITED] == [{"web"}] * len(LIMITED)
        assert [users[name] for name in FULL] == [{"default"}] * len(FULL)
        with redis.Redis.from_url(desk.orders_url) as full:
            assert full.acl_log() == []
        password = urlsplit(desk.orders_url).password
        assert password
        knows = {name: password in desk.environment(name) for name in ("web", "stream", "poller", "worker")}
        assert knows == {"web": False, "stream": False, "poller": True, "worker": True}


def users_of(desk: RunningDesk, names: set[str]) -> dict[str, set[str]]:
    """The users that connections to the order state's server are, by name; none until all names are there."""
    users: dict[str, set[str]] = {}
    with redis.Redis.from_url(desk.orders_url) as full:
        for client in full.client_list():
            users.setdefault(client["name"], set()).add(client["user"])
    return users if names <= users.keys() else {}
