"""Who is let in by a provider's word, and into which account.

An account is known by provider and subject, never by e-mail alone. The e-mail, which the provider has seen
proven, decides once: with whom a new subject is joined.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.callers import may_trade
from accounts.claiming import Wiped, wipe
from accounts.errors import EmailNotProven, OAuthProblem, OAuthRefused
from accounts.oauth_clients import Identity, Providers
from accounts.outbox import Notice
from accounts.parts import Parts
from accounts.sessions import SignedIn, hold
from models import Balance, OAuthAccount, Role, User
from orders.client import OrderDesk

T = TypeVar("T")

# Whoever comes at the same moment with the same e-mail or subject has made what is then found.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whose account it is, by which link, and what was wiped for them."""

    user_id: UUID
    link_id: UUID
    wiped: Wiped | None = None
    # An account that was there got one more way in.
    joined: bool = False


class OAuthAccounts:
    """Accounts and their links to providers."""

    def __init__(self, desk: OrderDesk, parts: Parts, providers: Providers) -> None:
        self._desk = desk
        self._parts = parts
        self._providers = providers

    def arrive(self, identity: Identity, visitor: Visitor) -> Admitted:
        """The account of who comes from a provider, made or claimed when need be. Raises OAuthRefused."""
        admitted = self._in_transaction(lambda session: _admit(session, self._parts, identity, visitor))
        if admitted.wiped is not None:
            self._parts.settled(admitted.user_id, admitted.wiped)
            self._parts.outbox.notice(Notice.CLAIMED, identity.email, visitor, by=identity.provider)
        if admitted.joined:
            self._tell(Notice.PROVIDER_LINKED, identity.email, identity.provider, visitor)
        return admitted

    def begin_session(
        self, user_id: UUID, link_id: UUID, second_factor: str | None, visitor: Visitor
    ) -> SignedIn:
        """Signs in who came by the link.

        Raises SecondFactorRequired, WrongSecondFactor, TooManyTries, and OAuthRefused when there is no such
        link any more.
        """
        self._parts.second_factors.require(user_id, second_factor, visitor)
        with Session(self._parts.engine) as session:
            funded = session.get(Balance, user_id) is not None
        if not funded:
            # New, or the journal has yet to follow: open_account does nothing when the account is there.
            self._desk.open_account(str(user_id), self._parts.settings.start_balance_cents)
        with Session(self._parts.engine, expire_on_commit=False) as session, session.begin():
            user = session.get_one(User, user_id, with_for_update=True)
            link = session.get(OAuthAccount, link_id)
            if link is None or link.user_id != user_id:
                # Unlinked since the provider's word, or wiped for the mailbox's owner.
                raise OAuthRefused(OAuthProblem.ARRIVAL_UNKNOWN)
            return SignedIn(user, self._parts.sessions.begin(session, user, link.provider, visitor))

    def check_may_link(self, user_id: UUID) -> None:
        """Raises EmailNotProven: who has an address that isn't shown to be theirs gets no second way in."""
        with Session(self._parts.engine) as session:
            self._check_proven(session.get_one(User, user_id))

    def link(self, identity: Identity, user_id: UUID, session_id: UUID, visitor: Visitor) -> None:
        """Lets a provider's account sign this one in; the session that asked must go on.

        Raises SessionEnded, EmailNotProven, OAuthRefused.
        """

        def work(session: Session) -> str | None:
            user = hold(session, user_id, session_id)
            self._check_proven(user)
            known = session.scalar(_by_subject(identity))
            if known is not None and known.user_id != user_id:
                raise OAuthRefused(OAuthProblem.ALREADY_LINKED)
            if known is not None:
                return None
            _join(session, user, identity, visitor, session_id=session_id)
            return user.email

        if email := self._in_transaction(work):
            self._tell(Notice.PROVIDER_LINKED, email, identity.provider, visitor)

    def unlink(self, user_id: UUID, provider: str, session_id: UUID, visitor: Visitor) -> None:
        """Lets a provider sign the account in no longer, and ends its other sessions. Raises OAuthRefused."""

        def work(session: Session) -> tuple[str, list[UUID]]:
            # Locked: two that are unlinked at once would each see the other.
            user = hold(session, user_id, session_id)
            links = {link.provider: link for link in session.scalars(_links_of(user_id))}
            if provider not in links:
                raise OAuthRefused(OAuthProblem.NOT_LINKED)
            others = (links.keys() - {provider}) & self._providers.table.keys()
            if user.password_hash is None and not others:
                raise OAuthRefused(OAuthProblem.LAST_WAY_IN)
            session.delete(links[provider])
            note(session, user_id, EventKind.PROVIDER_UNLINKED, visitor, session_id=session_id, way=provider)
            return user.email, self._parts.sessions.end_all(
                session, user_id, "provider_unlinked", but=session_id
            )

        email, ended = self._in_transaction(work)
        self._parts.sessions.forget(ended)
        self._tell(Notice.PROVIDER_UNLINKED, email, provider, visitor)

    def _tell(self, notice: Notice, email: str, provider: str, visitor: Visitor) -> None:
        self._parts.outbox.notice(notice, email, visitor, provider=self._providers.label(provider))

    def _check_proven(self, user: User) -> None:
        if not may_trade(self._parts.settings, proven=user.email_verified_at is not None):
            raise EmailNotProven

    def _in_transaction(self, work: Callable[[Session], T]) -> T:
        """Does it, once more where another was quicker: the tables' unique constraints are the judge."""
        for _ in range(_TRIES - 1):
            try:
                return self._once(work)
            except IntegrityError:
                continue
        return self._once(work)

    def _once(self, work: Callable[[Session], T]) -> T:
        with Session(self._parts.engine) as session, session.begin():
            return work(session)


def _admit(session: Session, parts: Parts, identity: Identity, visitor: Visitor) -> Admitted:
    known = session.scalar(_by_subject(identity))
    if known is not None:
        # What the owner reads; who they are doesn't hang on it.
        known.email = identity.email
        return Admitted(known.user_id, known.id)
    user = session.scalar(sa.select(User).where(User.email == identity.email).with_for_update())
    if user is None:
        user = User(
            id=uuid4(),
            email=identity.email,
            password_hash=None,
            email_verified_at=datetime.now(UTC),
            role=Role.TRADER,
        )
        session.add(user)
        session.flush()
        note(session, user.id, EventKind.SIGNED_UP, visitor, way=identity.provider)
        return Admitted(user.id, _join(session, user, identity, visitor))
    if user.email_verified_at is not None:
        return Admitted(user.id, _join(session, user, identity, visitor), joined=True)
    wiped = wipe(session, parts.sessions, user, visitor, by=identity.provider)
    parts.challenges.withdraw(session, user.id)
    user.email_verified_at = datetime.now(UTC)
    return Admitted(user.id, _join(session, user, identity, visitor), wiped)


def _join(
    session: Session, user: User, identity: Identity, visitor: Visitor, *, session_id: UUID | None = None
) -> UUID:
    """Links the provider's account to this one; the link's id. Raises OAuthRefused."""
    for link in session.scalars(_links_of(user.id)):
        if (link.provider, link.subject) == (identity.provider, identity.subject):
            # By another request, while this one waited for the account.
            return link.id
        if link.provider == identity.provider:
            raise OAuthRefused(OAuthProblem.OTHER_LINKED)
    link = OAuthAccount(
        id=uuid4(),
        user_id=user.id,
        provider=identity.provider,
        subject=identity.subject,
        email=identity.email,
    )
    session.add(link)
    session.flush()
    note(
        session,
        user.id,
        EventKind.PROVIDER_LINKED,
        visitor,
        session_id=session_id,
        way=identity.provider,
        email=identity.email,
    )
    return link.id


def _by_subject(identity: Identity) -> sa.Select[OAuthAccount]:
    return sa.select(OAuthAccount).where(
        OAuthAccount.provider == identity.provider, OAuthAccount.subject == identity.subject
    )


def _links_of(user_id: UUID) -> sa.Select[OAuthAccount]:
    return sa.select(OAuthAccount).where(OAuthAccount.user_id == user_id)
