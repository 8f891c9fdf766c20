"""/health: the process is up. /ready: what it needs is up too."""

from collections.abc import Callable
from typing import Any

import redis
import sqlalchemy as sa
from apiflask import APIBlueprint
from sqlalchemy.exc import SQLAlchemyError

from blueprints.services import services
from orders.codes import Refused

bp = APIBlueprint("health", __name__, tag="Health")


@bp.get("/health")
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/ready")
@bp.doc(responses={200: "All is up", 503: "A dependency is down"})
def ready() -> tuple[dict[str, Any], int]:
    """Each dependency, by name: ok, or what is wrong."""
    states = {name: _state(check) for name, check in _CHECKS.items()}
    whole = all(state == "ok" for state in states.values())
    return {"status": "ok" if whole else "unavailable", "dependencies": states}, 200 if whole else 503


def _postgresql() -> None:
    with services().engine.connect() as connection:
        connection.execute(sa.text("select 1"))


def _orders() -> None:
    services().desk.check_open()


def _queues() -> None:
    services().queues.ping()


_CHECKS: dict[str, Callable[[], None]] = {"postgresql": _postgresql, "orders": _orders, "queues": _queues}


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except (redis.RedisError, SQLAlchemyError) as error:
        # The kind only: messages may hold addresses.
        return type(error).__name__
    except Refused as refusal:
        # There, and not yet proven whole.
        return str(refusal.code)
    return "ok"
