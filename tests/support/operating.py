"""Operators of a running desk, and something for them to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from dramatiq import Message

from models import ParkedMessage, Role, User
from operators.parking import Failure, park
from runtime.broker import Actor, Queue
from tests.support.browsing import Trader
from tests.support.running_desk import RunningDesk


def engine_of(desk: RunningDesk) -> sa.Engine:
    """The desk's PostgreSQL."""
    return sa.create_engine(desk.database_url, poolclass=sa.NullPool)


class Operator(Trader):
    """Somebody who may steer the desk."""

    def adjusts_own_balance(self, cents: int, reason: str) -> None:
        """Something for the record."""
        user_id = self.get("/user/me")["userId"]
        self.post(f"/ops/accounts/{user_id}/adjust", {"cents": cents, "reason": reason})


def new_operator(desk: RunningDesk) -> Operator:
    """Somebody whom `flask users promote` has made an operator."""
    somebody = Operator.new(desk)
    with engine_of(desk).begin() as connection:
        connection.execute(sa.update(User).where(User.email == somebody.email).values(role=Role.OPERATOR))
    return somebody


@contextmanager
def one_parked(desk: RunningDesk) -> Iterator[None]:
    """A message of the mail actor that failed for good, as long as it lasts."""
    message: Message[None] = Message(
        queue_name=Queue.MAIL,
        actor_name=Actor.MAIL,
        args=("6f1d2f80-5d0c-4a8e-9a3c-0f2b7a1c9d11",),
        kwargs={},
        options={},
    )
    try:
        raise ConnectionRefusedError("the mail server refuses the sender: 550 5.7.1 not allowed")
    except ConnectionRefusedError as error:
        failure = Failure.of(message, Queue.MAIL, error, 10)
    database = engine_of(desk)
    with database.begin() as connection:
        assert park(connection, failure, parked_max=1_000)
    try:
        yield
    finally:
        with database.begin() as connection:
            connection.execute(
                sa.delete(ParkedMessage).where(ParkedMessage.fingerprint == failure.fingerprint)
            )
