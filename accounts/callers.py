"""Who asks: what a session or a key stands for, as far as PostgreSQL says so."""

from dataclasses import asdict, dataclass
from uuid import UUID

from runtime.settings import Settings

SCOPES = frozenset({"read", "trade"})
# What only a person who is signed in may do.
ACCOUNT_SCOPE = "account"


@dataclass(frozen=True, slots=True)
class Caller:
    """One who is let in. way: how they signed in, or `key`; signed_in_at: epoch seconds."""

    user_id: str
    role: str
    proven: bool
    way: str
    signed_in_at: float
    scopes: tuple[str, ...]
    session_id: str | None = None
    key_id: str | None = None
    # When a key ends by itself, epoch seconds.
    expires_at: float | None = None
    # Where a key may be used from, CIDR.
    addresses: tuple[str, ...] = ()

    @property
    def uuid(self) -> UUID:
        """The account's id."""
        return UUID(self.user_id)

    def to_json(self) -> dict[str, object]:
        """For keeping."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, object]) -> "Caller":
        """What was kept. Raises TypeError when that was another version's."""
        kept = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
        return cls(**kept)  # type: ignore[arg-type]


def may_trade(settings: Settings, *, proven: bool) -> bool:
    """Whether an account may open positions: its mailbox is proven, or nobody could prove one here."""
    return proven or (settings.environment == "development" and not settings.mail_configured)
