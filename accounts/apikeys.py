"""Keys of programs: made and revoked by the account's owner, shown once, kept as hashes."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID, uuid4

import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.callers import Caller
from accounts.errors import TooManyKeys
from accounts.known import Known
from accounts.locks import lock_account
from accounts.sessions import hold
from models import ApiKey, User
from runtime.settings import Settings

KEY_PREFIX = "cfd_"
KEY_WAY = "key"
ADDRESSES_MAX = 20
_RANDOM_BYTES = 32
_HINT_CHARS = 8
# No key of ours is longer: longer ones aren't even hashed.
_KEY_CHARS_MAX = 64
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key is made for. addresses: networks in CIDR notation, none for anywhere."""

    name: str
    scopes: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    expires_at: datetime | None = None


class ApiKeys:
    """The keys of all accounts: PostgreSQL has their hashes, Redis remembers what it said."""

    def __init__(self, engine: sa.Engine, queues: redis.Redis, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        # Anybody can make up a key: Redis is not to be filled with those.
        self._known = Known(queues, settings, "key", remember_unknown=False)

    def make(self, caller: Caller, terms: KeyTerms, visitor: Visitor) -> tuple[ApiKey, str]:
        """A new key, and its text, which nobody will see again. Raises TooManyKeys, SessionEnded."""
        text = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        key = ApiKey(
            id=uuid4(),
            user_id=caller.uuid,
            name=terms.name,
            key_hash=_hash(text),
            hint=text[: len(KEY_PREFIX) + _HINT_CHARS],
            scopes=sorted(terms.scopes),
            addresses=list(terms.addresses),
            created_at=datetime.now(UTC),
            expires_at=terms.expires_at,
        )
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            # One at a time for an account: its number of keys is counted.
            hold(session, caller.uuid, caller.session_id)
            count = session.scalar(sa.select(sa.func.count()).where(*_active(caller.uuid))) or 0
            if count >= self._settings.api_keys_per_account_max:
                raise TooManyKeys
            session.add(key)
            note(
                session,
                caller.uuid,
                EventKind.KEY_MADE,
                visitor,
                session_id=_uuid(caller.session_id),
                name=key.name,
                hint=key.hint,
                scopes=key.scopes,
            )
        return key, text

    def of(self, user_id: UUID) -> list[ApiKey]:
        """The account's keys that were not revoked, expired ones too, newest first."""
        query = sa.select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)))

    def revoke(self, caller: Caller, key_id: UUID, visitor: Visitor) -> bool:
        """Ends a key of the account; False when it has none of that id."""
        with Session(self._engine) as session, session.begin():
            lock_account(session, caller.uuid)
            key = session.get(ApiKey, key_id, with_for_update=True)
            if key is None or key.user_id != caller.uuid or key.revoked_at is not None:
                return False
            key.revoked_at = datetime.now(UTC)
            note(
                session,
                caller.uuid,
                EventKind.KEY_REVOKED,
                visitor,
                session_id=_uuid(caller.session_id),
                name=key.name,
                hint=key.hint,
            )
        self.forget([key_id])
        return True

    def forget(self, revoked: Iterable[UUID]) -> None:
        """Tells Redis of keys whose end is committed."""
        if ids := list(revoked):
            with self._engine.connect() as connection:
                hashes = connection.scalars(sa.select(ApiKey.key_hash).where(ApiKey.id.in_(ids)))
                self._known.end(list(hashes))

    def changed(self, user_id: UUID) -> None:
        """The account's role or proof has changed, as is committed."""
        self._known.forget(key.key_hash for key in self.of(user_id))

    def credential(self, text: str) -> str:
        """The key's name in ENDED_CHANNEL."""
        return self._known.name_of(_hash(text))

    def find(self, text: str, address: str) -> Caller | None:
        """Whom a key lets in from that address; None when it is no key, has ended, or not from there.

        Raises sqlalchemy.exc.OperationalError.
        """
        if len(text) > _KEY_CHARS_MAX:
            return None
        key_hash = _hash(text)
        found = self._known.find(key_hash, lambda: self._ask(key_hash))
        if found is None or (found.expires_at is not None and found.expires_at <= time.time()):
            return None
        return found if _is_among(address, found.addresses) else None

    def _ask(self, key_hash: str) -> Caller | None:
        query = (
            sa.select(ApiKey, User)
            .join(User, User.id == ApiKey.user_id)
            .where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
        )
        now = datetime.now(UTC)
        with Session(self._engine) as session, session.begin():
            found = session.execute(query).one_or_none()
            if found is None:
                return None
            key, user = found
            if key.used_at is None or now - key.used_at > _USED_EVERY:
                key.used_at = now
            return Caller(
                user_id=str(user.id),
                role=user.role,
                proven=user.email_verified_at is not None,
                way=KEY_WAY,
                signed_in_at=key.created_at.timestamp(),
                scopes=tuple(key.scopes),
                key_id=str(key.id),
                expires_at=key.expires_at.timestamp() if key.expires_at else None,
                addresses=tuple(key.addresses),
            )


def network(text: str) -> str:
    """An address or a network, as CIDR. Raises ValueError."""
    return str(ip_network(text.strip(), strict=False))


def _is_among(address: str, networks: tuple[str, ...]) -> bool:
    if not networks:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    # What came over IPv6 from an IPv4 address is that address.
    here = getattr(here, "ipv4_mapped", None) or here
    parsed: list[IPv4Network | IPv6Network] = [ip_network(text) for text in networks]
    return any(here in one for one in parsed)


def _active(user_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    unexpired = sa.or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > sa.func.now())
    return (ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None), unexpired)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
