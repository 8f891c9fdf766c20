"""What Alembic runs: the settings' database, all of models/, and one upgrade at a time.

The whole upgrade is one transaction that begins with an advisory lock, so that several processes may
start it at once: the later ones find the tables made and change nothing.
"""

import sqlalchemy as sa
from alembic import context

from models import Base
from models.trade import is_partition
from runtime.connections import sqlalchemy_url
from runtime.logs import configure_logging
from runtime.settings import get_settings

# Any number that no other lock of the desk has; "cfdesk" in ASCII.
MIGRATION_LOCK = 0x6366_6465_736B


def migrate() -> None:
    """Runs the asked-for migrations; raises NotConfigured without DATABASE_URL."""
    settings = get_settings()
    configure_logging(settings, "migrations")
    # No statement_timeout here: building an index on many trades takes what it takes.
    engine = sa.create_engine(
        sqlalchemy_url(settings.database_url),
        poolclass=sa.NullPool,
        connect_args={
            "application_name": "cfdesk-migrations",
            "connect_timeout": settings.database_timeout_s,
        },
    )
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            include_name=lambda name, kind, _: kind != "table" or not is_partition(name or ""),
        )
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need the database: --sql is not offered")
migrate()
