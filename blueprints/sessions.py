"""/user: going on with a session, leaving it, and what one may know of one's own account."""

from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, after_this_request, current_app, request
from flask_jwt_extended import decode_token, set_refresh_cookies, unset_refresh_cookies, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from pydantic import BaseModel, Field

from accounts.audit import events_of
from accounts.callers import may_trade
from accounts.profile import read_profile
from accounts.sessions import SignedIn
from accounts.tokens import access_token, refresh_token
from blueprints.authenticated import authenticated, caller, identify
from blueprints.errors import Rejected
from blueprints.fields import Body
from blueprints.limits import limiter, refresh_rate
from blueprints.requests import body_optional, visitor
from blueprints.services import services
from models import Role
from models.base import epoch_ms

bp = APIBlueprint("sessions", __name__, url_prefix="/user", tag="User")

EVENTS_MAX = 100


class SessionView(BaseModel):
    """Who one is now. The refresh token is in a cookie."""

    message: str
    userId: str
    email: str
    token: str
    needsVerification: bool


class Done(BaseModel):
    """It is done."""

    message: str


class Ended(BaseModel):
    """How many sessions have ended."""

    message: str
    ended: int


class SessionRow(BaseModel):
    """A signed-in browser or program; times in ms since the epoch."""

    sessionId: str
    current: bool
    way: str
    address: str
    userAgent: str
    createdAt: int
    usedAt: int


class SessionList(BaseModel):
    """The sessions that go on, the one last used first."""

    sessions: list[SessionRow]


class EventRow(BaseModel):
    """Something that concerned the account's safety; `at` in ms since the epoch."""

    id: int
    at: int
    kind: str
    address: str
    userAgent: str
    details: dict[str, Any]


class EventPage(BaseModel):
    """Events, newest first; nextCursor: for the next page, null on the last one."""

    events: list[EventRow]
    nextCursor: str | None


class EventQuery(Body):
    """A page of events."""

    limit: Annotated[int, Field(ge=1, le=EVENTS_MAX)] = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")] | None = None


class SecondFactorView(BaseModel):
    """Whether an authenticator is asked for, and how many codes stand in for it."""

    enabled: bool
    recoveryCodesLeft: int


class LinkView(BaseModel):
    """A provider that signs one in; linkedAt in ms since the epoch."""

    provider: str
    label: str
    email: str
    linkedAt: int


class Profile(BaseModel):
    """The account, and what guards it. mail: whether this desk sends any; createdAt in ms since the epoch."""

    userId: str
    email: str
    role: Role
    verified: bool
    needsVerification: bool
    hasPassword: bool
    createdAt: int
    secondFactor: SecondFactorView
    providers: list[LinkView]
    mail: bool


class Nothing(Body):
    """Nothing: an empty object, or no body at all."""


def session_answer(signed_in: SignedIn, message: str) -> SessionView:
    """The answer that signs somebody in: an access token, and a refresh token in the response's cookie."""
    _end_former(signed_in)
    token = refresh_token(signed_in.session)
    max_age = services().settings.session_days * 86_400

    def set_cookies(response: Response) -> Response:
        set_refresh_cookies(response, token, max_age=max_age)
        return response

    after_this_request(set_cookies)
    user = signed_in.user
    return SessionView(
        message=message,
        userId=str(user.id),
        email=user.email,
        token=access_token(signed_in),
        needsVerification=not may_trade(services().settings, proven=user.email_verified_at is not None),
    )


@bp.post("/refresh")
@body_optional
@limiter.limit(refresh_rate)
@bp.input(Nothing, location="json", arg_name="body")
@bp.output(SessionView)
@bp.doc(responses={401: "No session, or one that has ended"}, security="refreshCookie")
def refresh(body: Nothing) -> SessionView:
    """Get a new access token, and a new refresh token in the cookie, for the cookie and X-CSRF-TOKEN."""
    claims = _refresh_claims()
    signed_in = services().sessions.refresh(claims["sid"], claims["rot"], visitor())
    return session_answer(signed_in, "Welcome back")


@bp.post("/signout")
@body_optional
@bp.input(Nothing, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(security=["bearer", "refreshCookie"], responses={401: "No session"})
def sign_out(body: Nothing) -> dict[str, str]:
    """End this session: its access and refresh tokens are good for nothing afterwards."""
    after_this_request(_unset_cookies)
    services().sessions.sign_out(_own_session(), visitor())
    return {"message": "Signed out"}


@bp.post("/signout-everywhere")
@body_optional
@authenticated("account")
@bp.input(Nothing, location="json", arg_name="body")
@bp.output(Ended)
@bp.doc(security="bearer")
def sign_out_everywhere(body: Nothing) -> dict[str, Any]:
    """End all sessions of the account, this one too."""
    after_this_request(_unset_cookies)
    me = caller()
    ended = services().sessions.end_everywhere(me.uuid, visitor(), by=_uuid(me.session_id))
    return {"message": "Signed out everywhere", "ended": ended}


@bp.get("/sessions")
@authenticated("account")
@bp.output(SessionList)
@bp.doc(security="bearer")
def sessions() -> dict[str, Any]:
    """The account's sessions."""
    me = caller()
    return {
        "sessions": [
            {
                "sessionId": str(row.id),
                "current": str(row.id) == me.session_id,
                "way": row.way,
                "address": row.address,
                "userAgent": row.user_agent,
                "createdAt": epoch_ms(row.created_at),
                "usedAt": epoch_ms(row.used_at),
            }
            for row in services().sessions.of(me.uuid)
        ]
    }


@bp.delete("/sessions/<uuid:session_id>")
@authenticated("account")
@bp.output(Done)
@bp.doc(security="bearer", responses={404: "No such session"})
def end_session(session_id: UUID) -> dict[str, str]:
    """End one session of the account."""
    me = caller()
    if not services().sessions.end_one(me.uuid, session_id, visitor(), by=_uuid(me.session_id)):
        raise Rejected(404, "session_unknown", "There is no such session")
    return {"message": "The session has ended"}


@bp.get("/security-events")
@authenticated("account")
@bp.input(EventQuery, location="query", arg_name="query")
@bp.output(EventPage)
@bp.doc(security="bearer")
def security_events(query: EventQuery) -> dict[str, Any]:
    """What happened to the account's safety, newest first."""
    before = int(query.cursor) if query.cursor else None
    rows = events_of(services().engine, caller().uuid, limit=query.limit + 1, before=before)
    page = rows[: query.limit]
    return {
        "events": [
            {
                "id": row.id,
                "at": epoch_ms(row.at),
                "kind": row.kind,
                "address": row.address,
                "userAgent": row.user_agent,
                "details": row.details,
            }
            for row in page
        ],
        "nextCursor": str(page[-1].id) if len(rows) > query.limit else None,
    }


@bp.get("/me")
@authenticated("read")
@bp.output(Profile)
@bp.doc(security="bearer")
def me() -> Profile:
    """The account, and what guards it."""
    settings = services().settings
    account = read_profile(services().engine, caller().uuid)
    return Profile(
        userId=str(account.user.id),
        email=account.user.email,
        role=Role(account.user.role),
        verified=account.user.email_verified_at is not None,
        needsVerification=not may_trade(settings, proven=account.user.email_verified_at is not None),
        hasPassword=account.user.password_hash is not None,
        createdAt=epoch_ms(account.user.created_at),
        secondFactor=SecondFactorView(
            enabled=account.second_factor, recoveryCodesLeft=account.recovery_codes_left
        ),
        providers=[
            LinkView(
                provider=link.provider,
                label=services().providers.label(link.provider),
                email=link.email,
                linkedAt=epoch_ms(link.created_at),
            )
            for link in account.links
        ],
        mail=settings.mail_configured,
    )


def _end_former(signed_in: SignedIn) -> None:
    """Ends the session that the browser had until now, which it would forget and nobody else would end."""
    cookie = request.cookies.get(current_app.config["JWT_REFRESH_COOKIE_NAME"])
    if not cookie:
        return
    try:
        former = decode_token(cookie)["sid"]
    except PyJWTError:
        # Too old, or none of ours.
        return
    if former != str(signed_in.session.id):
        services().sessions.sign_out(former, visitor())


def _refresh_claims() -> dict[str, Any]:
    verified = verify_jwt_in_request(refresh=True, locations=["cookies"])
    assert verified is not None
    claims: dict[str, Any] = verified[1]
    return claims


def _own_session() -> str:
    """The session of the Bearer, or else of the cookie. Raises what becomes a 401."""
    try:
        me = identify()
    except (JWTExtendedException, PyJWTError):
        return str(_refresh_claims()["sid"])
    if me.session_id is None:
        raise Rejected(403, "session_required", "A key has no session to end")
    return me.session_id


def _unset_cookies(response: Response) -> Response:
    unset_refresh_cookies(response)
    return response


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
