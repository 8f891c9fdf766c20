"""What a web process writes at its most talkative holds nothing that opens a door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import redis
import requests
import sqlalchemy as sa

from runtime.settings import Settings
from tests.support.api import API, PASSWORD
from tests.support.mail_server import MailServer
from tests.support.post import Post
from tests.support.relay import HOST, Relay, running_relay
from tests.support.services import Services

EMAIL = "ann@example.com"
NEW_PASSWORD = "another correct horse battery"
WRONG_PASSWORD = "no horse at all, and no battery"
ANSWER_LIMIT_S = 10


@pytest.fixture
def web(
    migrated: Services,
    mails: MailServer,
    order_state: redis.Redis,
    queues: redis.Redis,
    database: sa.Engine,
    tmp_path: Path,
) -> Iterator[Relay]:
    """A web process that logs everything."""
    with running_relay(
        migrated, tmp_path, process="web", path="/ws", mail_url=mails.url, log_level="DEBUG"
    ) as web:
        yield web


class Browser:
    """A browser that remembers all that must stay between it and the desk."""

    def __init__(self, web: Relay) -> None:
        self._address = f"http://{HOST}:{web.port}{API}"
        self._session = requests.Session()
        self.token = ""
        self.secrets = {PASSWORD, NEW_PASSWORD, WRONG_PASSWORD}

    def asks(self, path: str, body: dict[str, Any] | None = None, *, token: str | None = None) -> Any:
        """The JSON that a POST, or without a body a GET, is answered with."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        if csrf := self._session.cookies.get("csrf_refresh_token"):
            headers["X-CSRF-TOKEN"] = csrf
        method = "GET" if body is None else "POST"
        answer = self._session.request(
            method, self._address + path, json=body, headers=headers, timeout=ANSWER_LIMIT_S
        )
        self.secrets |= {str(cookie.value) for cookie in self._session.cookies}
        return answer.json()

    def keeps(self, secret: str) -> str:
        """Something that nobody else may see."""
        self.secrets.add(secret)
        return secret


def test_no_token_code_password_or_key_is_logged(web: Relay, post: Post, mail_settings: Settings) -> None:
    browser = Browser(web)
    credentials = {"email": EMAIL, "password": PASSWORD}

    # Given all that one does with an account, and some of it wrongly
    browser.asks("/user/signup", credentials)
    browser.asks("/user/verify-email", {"email": EMAIL, "code": "000000"})
    browser.asks("/user/verify-email", {"email": EMAIL, "code": browser.keeps(post.code_to(EMAIL))})
    browser.asks("/user/signin", credentials | {"password": WRONG_PASSWORD})
    browser.token = browser.keeps(browser.asks("/user/signin", credentials)["token"])
    browser.token = browser.keeps(browser.asks("/user/refresh", {})["token"])
    secret = browser.keeps(browser.asks("/user/second-factor", {"password": PASSWORD})["secret"])
    code = browser.keeps(pyotp.TOTP(secret).now())
    recovery = browser.asks("/user/second-factor/confirm", {"code": code})["recoveryCodes"]
    browser.secrets |= set(recovery)
    again = browser.asks("/user/signin", credentials | {"secondFactor": recovery[0]})
    browser.token = browser.keeps(again["token"])
    made = browser.asks("/user/api-keys", {"name": "bot", "scopes": ["read"], "password": PASSWORD})
    browser.asks("/user/balance", token=browser.keeps(made["key"]))
    browser.asks("/user/balance", token=browser.keeps(browser.token[:-8] + "AAAAAAAA"))
    browser.asks("/user/password-reset", {"email": EMAIL})
    reset = {"email": EMAIL, "code": browser.keeps(post.code_to(EMAIL)), "password": NEW_PASSWORD}
    browser.asks("/user/password-reset/confirm", reset)
    with web.connect(token=browser.token) as ended, web.connect(token=made["key"]) as follower:
        assert ended.hears()["type"] == "UNAUTHENTICATED"
        assert follower.hears()["type"] == "AUTHENTICATED"
    browser.asks("/trade/open", {"asset": "BTC", "margin": "x"})

    # Then the log has none of it
    log = web.process.output
    assert '"level": "debug"' in log
    assert '"event": "refused"' in log
    assert {secret for secret in browser.secrets if secret in log} == set()
