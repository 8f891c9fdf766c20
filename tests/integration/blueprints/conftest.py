"""The web application on the session's servers; every answer is held against its OpenAPI document."""

from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from app import create_app
from runtime.settings import Settings
from tests.support.api import Api
from tests.support.documented import documented
from tests.support.mail_server import MailServer, mail_server
from tests.support.post import Post


@pytest.fixture
def app(settings: Settings, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Flask:
    """The app, on empty servers with the library and the tables."""
    return documented(create_app(settings))


@pytest.fixture
def api(app: Flask) -> Api:
    """A program that calls the app."""
    return Api(app)


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def mail_settings(settings: Settings, mails: MailServer) -> Settings:
    """Settings of a desk that sends mail."""
    return settings.model_copy(update={"mail_url": SecretStr(mails.url)})


@pytest.fixture
def mail_app(
    mail_settings: Settings, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> Flask:
    """The app of a desk that sends mail, on empty servers."""
    return documented(create_app(mail_settings))


@pytest.fixture
def post(mail_app: Flask, mails: MailServer, database: sa.Engine, mail_settings: Settings) -> Post:
    """The post of that desk."""
    return Post(mails, database, mail_settings)
