"""The whole verification, from the first event to the last trigger."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import sqlalchemy as sa

from domain.instruments import ASSETS
from orders.keys import shard_of
from runtime.settings import Settings
from workers.verification.accounts import check_accounts
from workers.verification.chunks import ShardReader
from workers.verification.fold import ShardFold
from workers.verification.follow import Follower
from workers.verification.house import check_house
from workers.verification.indexes import check_indexes
from workers.verification.report import Difference, Progress, Report, Tell
from workers.verification.strays import check_strays
from workers.verification.tables import check_tables

# One statement reads some thousand rows, or counts a table.
STATEMENT_LIMIT = "5min"


def verify(
    database: sa.Engine, order_state: redis.Redis, settings: Settings, *, tell: Tell = lambda _: None
) -> Report:
    """Recomputes everything from the order events and compares; the report has the first difference.

    The desk may trade meanwhile, and nothing is written. tell: gets a line every few seconds. Raises the
    servers' errors.
    """
    work = _Verification(database, order_state, settings, Progress(tell))
    try:
        work.run()
    except Difference as difference:
        return work.report(difference)
    return work.report(None)


class _Verification:
    def __init__(
        self, database: sa.Engine, order_state: redis.Redis, settings: Settings, progress: Progress
    ) -> None:
        self._database = database
        self._order_state = order_state
        self._progress = progress
        self._folds = [ShardFold(shard) for shard in range(settings.order_shards)]
        self._readers = [ShardReader(fold, progress) for fold in self._folds]

    def run(self) -> None:
        """Raises Difference."""
        with self._snapshot() as connection:
            self._check_shards(connection)
            for reader in self._readers:
                reader.read(connection)
            self._check_homes()
            check_tables(connection, self._folds, self._progress)
        followers = {
            fold.shard: Follower(fold, self._order_state, self._progress, self._catch_up)
            for fold in self._folds
        }
        for follower in followers.values():
            check_accounts(self._order_state, follower, self._progress)
            check_house(self._order_state, follower)
        check_strays(self._order_state, followers, self._progress)
        for follower in followers.values():
            check_indexes(self._order_state, follower, ASSETS, self._progress)

    def report(self, difference: Difference | None) -> Report:
        """What came of it."""
        progress = self._progress
        return Report(
            counts=progress.counts,
            seconds=progress.seconds,
            difference=difference,
            chains=tuple(reader.end for reader in self._readers),
            notes=tuple(progress.notes),
        )

    def _catch_up(self, fold: ShardFold) -> None:
        with self._snapshot() as connection:
            self._readers[fold.shard].read(connection)

    @contextmanager
    def _snapshot(self) -> Iterator[sa.Connection]:
        """One moment of PostgreSQL, however long it is looked at."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._database.connect().execution_options(**options) as connection:
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(sa.select(sa.func.set_config(limit, STATEMENT_LIMIT, True)))
            yield connection

    def _check_shards(self, connection: sa.Connection) -> None:
        last = len(self._folds) - 1
        for table in ("order_events", "journal_offsets"):
            shard = connection.scalar(sa.select(sa.func.max(sa.column("shard"))).select_from(sa.table(table)))
            if shard is not None and shard > last:
                raise Difference(f"{table} has shard {shard}, ORDER_SHARDS knows them up to {last}")

    def _check_homes(self) -> None:
        for fold in self._folds:
            for user_id, account in fold.accounts.items():
                if (home := shard_of(user_id, len(self._folds))) != fold.shard:
                    what = f"the account's events belong to shard {home}"
                    raise Difference(what, event_id=account.event_id, user_id=user_id, shard=fold.shard)
