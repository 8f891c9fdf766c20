"""Second factors: an authenticator's codes (RFC 6238), and recovery codes that stand in for it."""

import hmac
import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.errors import (
    SecondFactorIsOff,
    SecondFactorIsOn,
    SecondFactorRequired,
    TooManyTries,
    WrongSecondFactor,
)
from accounts.keyring import Keyring, NotSealedHere
from accounts.locks import lock_account
from accounts.outbox import Notice, Outbox
from models import RecoveryCode, SecondFactor, User
from runtime.logs import get_logger

log = get_logger(__name__)

ISSUER = "cfdesk"
TRIES_MAX = 5
TRIES_WINDOW = timedelta(minutes=10)
STEP_S = 30
CODE_DIGITS = 6
# A clock may be so many steps off.
STEPS_OFF_MAX = 1
RECOVERY_CODES = 10
# Five and five of these: 50 bits, of which five can be tried in ten minutes. No i, l, o, u.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF = 5
_MAC = "recovery code"


class SecondFactors:
    """The second factors of all accounts. The secret is sealed; recovery codes are kept as keyed hashes."""

    def __init__(self, engine: sa.Engine, keyring: Keyring, outbox: Outbox) -> None:
        self._engine = engine
        self._keyring = keyring
        self._outbox = outbox

    def enabled(self, session: Session, user_id: UUID) -> bool:
        """Whether the account asks for one."""
        query = sa.select(SecondFactor.user_id).where(
            SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
        )
        return session.scalar(query) is not None

    def require(self, user_id: UUID, code: str | None, visitor: Visitor) -> bool:
        """Lets pass who has no second factor, or shows it; whether there is one.

        Raises SecondFactorRequired without a code, WrongSecondFactor, TooManyTries.
        """
        with Session(self._engine) as session:
            if not self.enabled(session, user_id):
                return False
        if not code:
            raise SecondFactorRequired
        self._check(user_id, code, visitor)
        return True

    def begin(self, user_id: UUID) -> str:
        """A new secret, base32, which counts once confirmed; an earlier unconfirmed one is forgotten.

        Raises SecondFactorIsOn.
        """
        secret = pyotp.random_base32()
        row = insert(SecondFactor).values(user_id=user_id, secret=self._keyring.seal(secret))
        # How often codes were tried stays: a new secret is no way to more tries.
        statement = row.on_conflict_do_update(
            index_elements=[SecondFactor.user_id],
            set_={"secret": row.excluded.secret, "created_at": sa.func.now(), "last_step": None},
            where=SecondFactor.confirmed_at.is_(None),
        )
        with self._engine.begin() as connection:
            if connection.scalar(statement.returning(SecondFactor.user_id)) is None:
                raise SecondFactorIsOn
        return secret

    def confirm(self, user_id: UUID, code: str, visitor: Visitor, *, session_id: UUID | None) -> list[str]:
        """Turns the begun one on, as its code shows that the authenticator has it; the recovery codes.

        Raises SecondFactorIsOn, SecondFactorIsOff, WrongSecondFactor, TooManyTries.
        """
        secret, last_step, confirmed = self._count_try(user_id)
        if confirmed:
            raise SecondFactorIsOn
        step = self._step_of(secret, code, last_step)
        with Session(self._engine) as session, session.begin():
            lock_account(session, user_id)
            turned_on = session.scalar(
                sa.update(SecondFactor)
                .where(
                    SecondFactor.user_id == user_id,
                    # Begun anew meanwhile, it is another secret's to be confirmed.
                    SecondFactor.secret == secret,
                    SecondFactor.confirmed_at.is_(None),
                )
                .values(confirmed_at=sa.func.now(), last_step=step, tries=0)
                .returning(SecondFactor.user_id)
            )
            if turned_on is None:
                raise WrongSecondFactor
            note(session, user_id, EventKind.SECOND_FACTOR_ON, visitor, session_id=session_id)
            return self._make_recovery_codes(session, user_id)

    def remove(self, user_id: UUID, visitor: Visitor, *, session_id: UUID | None) -> None:
        """Turns it off; whoever asks was proved to be the owner before. Raises SecondFactorIsOff."""
        with Session(self._engine) as session, session.begin():
            lock_account(session, user_id)
            if not self.enabled(session, user_id):
                raise SecondFactorIsOff
            forget_second_factor(session, user_id)
            note(session, user_id, EventKind.SECOND_FACTOR_OFF, visitor, session_id=session_id)

    def renew_recovery_codes(self, user_id: UUID, visitor: Visitor, *, session_id: UUID | None) -> list[str]:
        """Ten new recovery codes; the earlier ones are good for nothing. Raises SecondFactorIsOff."""
        with Session(self._engine) as session, session.begin():
            # Two who ask at once take turns.
            lock_account(session, user_id)
            if not self.enabled(session, user_id):
                raise SecondFactorIsOff
            note(session, user_id, EventKind.RECOVERY_CODES_MADE, visitor, session_id=session_id)
            return self._make_recovery_codes(session, user_id)

    def _check(self, user_id: UUID, code: str, visitor: Visitor) -> None:
        secret, last_step, _confirmed = self._count_try(user_id)
        typed = _plain(code)
        if len(typed) != CODE_DIGITS:
            self._use_recovery_code(user_id, typed, visitor)
            return
        step = self._step_of(secret, typed, last_step)
        later = sa.or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step)
        with self._engine.begin() as connection:
            accepted = connection.scalar(
                sa.update(SecondFactor)
                .where(SecondFactor.user_id == user_id, SecondFactor.secret == secret, later)
                # Sealed anew: so a secret of the desk that was replaced is needed no longer than must be.
                .values(last_step=step, tries=0, secret=self._keyring.seal(self._keyring.open(secret)))
                .returning(SecondFactor.user_id)
            )
        if accepted is None:
            # The same code at the same moment from two places.
            raise WrongSecondFactor

    def _count_try(self, user_id: UUID) -> tuple[str, int | None, bool]:
        """Counts a try before anything is compared; (sealed secret, last step, whether it is on)."""
        over = SecondFactor.tries_since <= sa.func.now() - TRIES_WINDOW
        begins = over | (SecondFactor.tries == 0)
        counted = (
            sa.update(SecondFactor)
            .where(SecondFactor.user_id == user_id, over | (SecondFactor.tries < TRIES_MAX))
            .values(
                tries=sa.case((over, 1), else_=SecondFactor.tries + 1),
                tries_since=sa.case((begins, sa.func.now()), else_=SecondFactor.tries_since),
            )
            .returning(SecondFactor.secret, SecondFactor.last_step, SecondFactor.confirmed_at)
        )
        with self._engine.begin() as connection:
            row = connection.execute(counted).one_or_none()
            if row is not None:
                return row.secret, row.last_step, row.confirmed_at is not None
            since = connection.scalar(
                sa.select(SecondFactor.tries_since).where(SecondFactor.user_id == user_id)
            )
        if since is None:
            raise SecondFactorIsOff
        left = since + TRIES_WINDOW - datetime.now(UTC)
        raise TooManyTries(retry_after_s=max(1, int(left.total_seconds()) + 1))

    def _step_of(self, sealed: str, code: str, last_step: int | None) -> int:
        """The time step whose code it is, later than the last one accepted. Raises WrongSecondFactor."""
        try:
            totp = pyotp.TOTP(self._keyring.open(sealed), digits=CODE_DIGITS, interval=STEP_S)
        except NotSealedHere as error:
            # The secret that sealed it was dropped: its owner is refused, and an operator is to know.
            log.error("a second factor can't be opened: its JWT_SECRET is gone")
            raise WrongSecondFactor from error
        now = int(time.time()) // STEP_S
        steps = range(now - STEPS_OFF_MAX, now + STEPS_OFF_MAX + 1)
        typed = _plain(code).encode()
        right = [step for step in steps if hmac.compare_digest(totp.at(step * STEP_S).encode(), typed)]
        fresh = [step for step in right if last_step is None or step > last_step]
        if not fresh:
            raise WrongSecondFactor
        return fresh[-1]

    def _use_recovery_code(self, user_id: UUID, typed: str, visitor: Visitor) -> None:
        macs = self._keyring.macs(_MAC, f"{user_id}:{typed}")
        with Session(self._engine) as session, session.begin():
            lock_account(session, user_id)
            used = session.scalar(
                sa.update(RecoveryCode)
                .where(
                    RecoveryCode.user_id == user_id,
                    RecoveryCode.code_hash.in_(macs),
                    RecoveryCode.used_at.is_(None),
                )
                .values(used_at=sa.func.now())
                .returning(RecoveryCode.id)
            )
            if used is None:
                raise WrongSecondFactor
            left = session.scalar(
                sa.select(sa.func.count()).where(
                    RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
                )
            )
            session.execute(sa.update(SecondFactor).where(SecondFactor.user_id == user_id).values(tries=0))
            note(session, user_id, EventKind.RECOVERY_CODE_USED, visitor, left=left or 0)
            email = session.get_one(User, user_id).email
        self._outbox.notice(Notice.RECOVERY_CODE_USED, email, visitor, left=left or 0)

    def _make_recovery_codes(self, session: Session, user_id: UUID) -> list[str]:
        session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        for code in codes:
            code_hash = self._keyring.mac(_MAC, f"{user_id}:{_plain(code)}")
            session.add(RecoveryCode(user_id=user_id, code_hash=code_hash))
        return codes


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code for an authenticator says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def forget_second_factor(session: Session, user_id: UUID) -> None:
    """Deletes the account's second factor and recovery codes, in the caller's transaction."""
    for table in (RecoveryCode, SecondFactor):
        session.execute(sa.delete(table).where(table.user_id == user_id))


def _plain(code: str) -> str:
    """As it was made: people type spaces, dashes and capitals."""
    return "".join(code.split()).replace("-", "").lower()


def _new_code() -> str:
    characters = [secrets.choice(_ALPHABET) for _ in range(2 * _HALF)]
    return "".join(characters[:_HALF]) + "-" + "".join(characters[_HALF:])
