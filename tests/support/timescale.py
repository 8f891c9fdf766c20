"""Whether the tests' PostgreSQL keeps trades in TimescaleDB's chunks or in partitions of its own."""

import os

import psycopg

OFFERED = "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"


def _why_missing() -> str:
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        return "the embedded PostgreSQL has no TimescaleDB: give a server that has in TEST_DATABASE_URL"
    with psycopg.connect(url) as connection:
        row = connection.execute(OFFERED).fetchone()
    return "" if row and row[0] else "the server of TEST_DATABASE_URL has no TimescaleDB"


# Why what is TimescaleDB's can't be tested here; empty when it can. Read before the session's fixtures.
NO_TIMESCALEDB = _why_missing()
# And why what is PostgreSQL's alone can't.
NO_PARTITIONS = "" if NO_TIMESCALEDB else "TimescaleDB of the server keeps the days by itself"


def kinds() -> str:
    """A line for pytest's header."""
    ways = {"partitions": NO_PARTITIONS, "TimescaleDB": NO_TIMESCALEDB}
    return ", ".join(f"{way} (NOT TESTED: {why})" if why else way for way, why in ways.items())
