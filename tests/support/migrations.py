"""A PostgreSQL with all tables."""

import os
import subprocess
import sys

from tests.support.back_office import ROOT

MIGRATION_LIMIT_S = 60


def migrate(database_url: str) -> None:
    """Makes the tables, as the release step does."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        check=True,
        timeout=MIGRATION_LIMIT_S,
    )
