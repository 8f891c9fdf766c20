"""How long a sign-in takes says nothing of whether the address has an account."""

import statistics
import time

import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from runtime.settings import Settings
from tests.support.api import Api
from tests.support.members import Member

SAMPLES = 200
# On a machine that does other things as well, a round may be disturbed: one that isn't shows it.
ROUNDS_MAX = 3
APART_MAX = 0.10


def sample(app: Flask, email: str) -> float:
    """Seconds that a wrong password takes."""
    member = Member(app, email)
    began = time.perf_counter()
    answer = member.signs_in("not the password")
    took = time.perf_counter() - began
    assert answer.status_code == 401
    return took


def medians(app: Flask, known: str, unknown: str) -> tuple[float, float]:
    """Of both, sampled in turns, each as often first as second."""
    taken: dict[str, list[float]] = {known: [], unknown: []}
    for turn in range(SAMPLES):
        for email in (known, unknown) if turn % 2 else (unknown, known):
            taken[email].append(sample(app, email))
    return statistics.median(taken[known]), statistics.median(taken[unknown])


def test_known_and_unknown_addresses_take_as_long(
    settings: Settings, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    # Given passwords hashed as in production
    strong = {name: Settings.model_fields[name].default for name in ("argon2_memory_kib", "argon2_passes")}
    app = create_app(settings.model_copy(update=strong))
    known = Api(app).signs_up("known@example.com").email
    unknown = "nobody@example.com"
    for email in (known, unknown) * 5:
        sample(app, email)
    told = ""
    for _ in range(ROUNDS_MAX):
        of_known, of_unknown = medians(app, known, unknown)
        apart = abs(of_known - of_unknown) / min(of_known, of_unknown)
        told = f"{of_known * 1000:.2f} ms known, {of_unknown * 1000:.2f} ms unknown, {apart:.1%} apart"
        if apart <= APART_MAX:
            return
    raise AssertionError(told)
