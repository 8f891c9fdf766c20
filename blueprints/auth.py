"""/auth: signing in through providers, and linking them.

A browser goes to the provider and comes back with a state that only it can use, and gets a one-time code for
the page in the URL, never a token. Whatever goes wrong on the way ends at the same page, with a word of why.
"""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from apiflask import APIBlueprint
from flask import redirect, request
from pydantic import BaseModel, Field
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from accounts.browser import COOKIE_PATH as AUTH_PATH
from accounts.browser import is_browser, mark_browser, unmark_browser
from accounts.errors import OAuthProblem, OAuthRefused, SecondFactorRequired, WrongSecondFactor
from accounts.oauth_clients import ProviderClient, Return
from accounts.providers import BUILT_IN
from blueprints.authenticated import authenticated, caller
from blueprints.errors import UNAVAILABLE
from blueprints.fields import Body
from blueprints.limits import account_rate, by_account, lenient, limiter, signin_rate
from blueprints.passwords import Password, SecondFactorCode
from blueprints.requests import body_optional, visitor
from blueprints.services import services
from blueprints.sessions import Done, Nothing, SessionView, session_answer
from domain.errors import DeskError
from runtime.identity_settings import PROVIDER_NAME, TAKEN_PROVIDER_NAMES
from runtime.logs import get_logger

log = get_logger(__name__)

bp = APIBlueprint("auth", __name__, url_prefix="/auth", tag="OAuth")

# Where the page takes over, at PUBLIC_URL.
PAGE_PATH = "/auth/callback"
CODE_CHARS_MAX = 128
UNAVAILABLE_CODE = "unavailable"
_TO_PAGE = f"To the page at {PAGE_PATH}, with `code` for POST /auth/exchange, with `linked`, or with `error`"


class ProviderName(BaseConverter):
    """What may name a provider in a path; the words that this blueprint has routes for may not."""

    regex = rf"(?!(?:{'|'.join(sorted(TAKEN_PROVIDER_NAMES))})\Z){PROVIDER_NAME}"


class ProviderView(BaseModel):
    """A provider that signs people in here."""

    name: str
    label: str


class Status(BaseModel):
    """What is offered: the two that everybody knows, and all."""

    google: bool
    github: bool
    providers: list[ProviderView]


class ExchangeBody(Body):
    """The code that was in the URL; secondFactor when the account asks for one."""

    code: Annotated[str, Field(min_length=1, max_length=CODE_CHARS_MAX)]
    secondFactor: SecondFactorCode | None = None


class UnlinkBody(Body):
    """The account's password, where it has one."""

    password: Password | None = None


class GoThere(BaseModel):
    """Where to send the browser."""

    url: str


@bp.get("/status")
@bp.output(Status)
def status() -> dict[str, Any]:
    """Which providers are configured."""
    table = services().providers.table
    return {
        "google": "google" in table,
        "github": "github" in table,
        "providers": [{"name": name, "label": provider.label} for name, provider in table.items()],
    }


@bp.get("/<provider:provider>")
@lenient.limit(signin_rate)
@bp.doc(responses={302: "To the provider", 404: "No such provider", 503: "Not configured"})
def sign_in(provider: str) -> AnyResponse:
    """Go to a provider to sign in."""
    client = _client(provider)
    return _redirect(lambda: client.begin(_redirect_uri(provider)))


@bp.get("/<provider:provider>/callback")
@lenient.limit(signin_rate)
@bp.doc(responses={302: _TO_PAGE, 404: "No such provider", 503: "Not configured"})
def come_back(provider: str) -> AnyResponse:
    """Come back from a provider, and go on to the page."""
    client = _client(provider)

    def next_url() -> str:
        back = client.finish(request.args)
        if not back.kept:
            return _page(code=_arrive(back))
        _link(back)
        return _page(linked=provider)

    return _redirect(next_url)


@bp.post("/exchange")
@limiter.limit(signin_rate)
@bp.input(ExchangeBody, location="json", arg_name="body")
@bp.output(SessionView)
@bp.doc(responses={401: "Used, too old, or of another browser; or the second factor is missing or wrong"})
def exchange(body: ExchangeBody) -> SessionView:
    """Get tokens for the code that a sign-in through a provider ended with."""
    arrivals = services().arrivals
    arrival = arrivals.take(body.code)
    if arrival is None or not is_browser(arrival.browser):
        raise OAuthRefused(OAuthProblem.ARRIVAL_UNKNOWN)
    user_id, link_id = UUID(arrival.user_id), UUID(arrival.link_id)
    try:
        signed_in = services().oauth.begin_session(user_id, link_id, body.secondFactor, visitor())
    except (SecondFactorRequired, WrongSecondFactor):
        arrivals.give_back(body.code, arrival)
        raise
    unmark_browser()
    return session_answer(signed_in, "Signed in")


@bp.post("/link/<provider>")
@body_optional
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(Nothing, location="json", arg_name="body")
@bp.output(GoThere)
@bp.doc(security="bearer", responses={404: "No such provider", 503: "Not configured, or it doesn't answer"})
def link(provider: str, body: Nothing) -> dict[str, str]:
    """Get where to send the browser, and back the provider signs this account in."""
    client = _client(provider)
    me = caller()
    assert me.session_id is not None
    services().oauth.check_may_link(me.uuid)
    return {"url": client.begin(_redirect_uri(provider), user=me.user_id, session=me.session_id)}


@bp.post("/unlink/<provider>")
@body_optional
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(UnlinkBody, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(
    security="bearer",
    responses={
        403: "Wrong password; or the account has none, and the session is too old: sign in again",
        404: "It isn't linked",
        409: "It is the only way in",
    },
)
def unlink(provider: str, body: UnlinkBody) -> dict[str, str]:
    """Have a provider sign this account in no longer; its other sessions end."""
    me = caller()
    assert me.session_id is not None
    services().proofs.prove(me, body.password, None, visitor(), ask_second_factor=False)
    services().oauth.unlink(me.uuid, provider, UUID(me.session_id), visitor())
    return {"message": "Unlinked"}


def _client(provider: str) -> ProviderClient:
    client = services().providers.client(provider)
    if client is not None:
        return client
    known = provider in BUILT_IN
    raise OAuthRefused(OAuthProblem.NOT_CONFIGURED if known else OAuthProblem.PROVIDER_UNKNOWN)


def _arrive(back: Return) -> str:
    """Lets somebody in; their code."""
    admitted = services().oauth.arrive(back.identity, visitor())
    return services().arrivals.expect(admitted.user_id, admitted.link_id, mark_browser())


def _link(back: Return) -> None:
    """Links to the account that had asked for it."""
    user_id, session_id = UUID(back.kept["user"]), UUID(back.kept["session"])
    services().oauth.link(back.identity, user_id, session_id, visitor())


def _redirect(next_url: Callable[[], str]) -> AnyResponse:
    """There, or to the page when that is refused: somebody looks at what is answered here."""
    try:
        return redirect(next_url())
    except DeskError as error:
        return redirect(_page(error=error.code))
    except UNAVAILABLE as error:
        log.warning("nobody can come in: a server is away", error=f"{type(error).__name__}: {error}"[:200])
        return redirect(_page(error=UNAVAILABLE_CODE))


def _page(**said: str) -> str:
    return f"{services().settings.page_url}{PAGE_PATH}?{urlencode(said)}"


def _redirect_uri(provider: str) -> str:
    """Word for word what is registered at the provider; nothing of it is from the request."""
    return f"{services().settings.page_url}{AUTH_PATH}/{provider}/callback"
