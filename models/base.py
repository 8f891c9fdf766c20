"""What every table shares: naming of constraints, column shorthands."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Named constraints can be dropped by a migration and read in an error.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        datetime: sa.DateTime(timezone=True),
        int: sa.BigInteger(),
        str: sa.Text(),
        UUID: sa.Uuid(),
    }


UserId = Annotated[UUID, mapped_column(sa.ForeignKey("users.id", ondelete="RESTRICT"))]


def epoch_ms(time: datetime) -> int:
    """Milliseconds since the epoch, without passing through a float."""
    return int(time.timestamp()) * 1000 + time.microsecond // 1000
