"""The web application on the session's servers; every answer is held against its OpenAPI document."""

from collections.abc import Iterator

import dramatiq
import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from app import create_app
from models import Role, User
from runtime.broker import Queue, connect_broker
from runtime.settings import Settings
from tests.support.api import Api
from tests.support.documented import documented
from tests.support.mail_server import MailServer, mail_server
from tests.support.post import Post
from workers.actors import ACTORS
from workers.limits import write_limits_in_force
from workers.middleware import equip
from workers.resources import open_resources


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


@pytest.fixture
def operator(app: Flask, database: sa.Engine) -> Api:
    """An operator who is signed in."""
    api = Api(app).signs_up("operator@example.com")
    with database.begin() as connection:
        connection.execute(sa.update(User).where(User.email == api.email).values(role=Role.OPERATOR))
    return api.signs_in_again()


@pytest.fixture
def worker(
    database: sa.Engine, order_state: redis.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The worker that has full rights on the order state, on threads of this process."""
    monkeypatch.setattr("workers.limits.resources", lambda: open_resources(settings))
    broker = connect_broker(settings)
    equip(broker, settings)
    (terms,) = (one for one in ACTORS if one.work is write_limits_in_force)
    terms.declare(broker)
    threads = dramatiq.Worker(broker, worker_threads=1, queues={Queue.OPERATORS})
    threads.start()
    yield
    threads.stop()
