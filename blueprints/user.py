"""/user: signing up, signing in, the balance."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel

from blueprints import render
from blueprints.authenticated import authenticated
from blueprints.errors import Rejected
from blueprints.fields import Body, Email
from blueprints.limits import limiter, signin_rate, signup_rate
from blueprints.passwords import Password, SecondFactorCode, require_strong
from blueprints.requests import trader_id, visitor
from blueprints.services import services
from blueprints.sessions import SessionView, session_answer
from blueprints.shapes import UsdBalance

bp = APIBlueprint("user", __name__, url_prefix="/user", tag="User")


class Credentials(Body):
    """What signs one up."""

    email: Email
    password: Password


class SignIn(Credentials):
    """What signs one in; secondFactor: where the account has one."""

    secondFactor: SecondFactorCode | None = None


class SignedUp(BaseModel):
    """A new account. Where mail is configured nobody is signed in yet: userId and token are null."""

    message: str
    userId: str | None
    email: str
    token: str | None
    needsVerification: bool


class BalanceView(BaseModel):
    """An account's free money, and the number of its newest order message."""

    userId: str
    email: str
    balance: UsdBalance
    seq: int
    assets: dict[str, Any]


@bp.post("/signup")
@limiter.limit(signup_rate)
@bp.input(Credentials, location="json", arg_name="body")
@bp.output(SignedUp, status_code=201)
@bp.doc(responses={409: "There is an account with this e-mail already (only where no mail is configured)"})
def sign_up(body: Credentials) -> SignedUp:
    """Make an account with its demo balance. With mail configured the answer is the same for an address
    that has one: the mail says the rest."""
    require_strong(body.password)
    signed_in = services().accounts.sign_up(body.email, body.password, visitor())
    if signed_in is None:
        return SignedUp(
            message="We have sent you a mail: it says how to go on",
            userId=None,
            email=body.email,
            token=None,
            needsVerification=True,
        )
    return SignedUp(**session_answer(signed_in, "Welcome to cfdesk").model_dump())


@bp.post("/signin")
@limiter.limit(signin_rate)
@bp.input(SignIn, location="json", arg_name="body")
@bp.output(SessionView)
@bp.doc(
    responses={
        401: "Wrong e-mail or password; or, with the right ones, the second factor is missing or wrong",
        429: "Too many second factors were wrong",
    }
)
def sign_in(body: SignIn) -> SessionView:
    """Get an access token."""
    signed_in = services().accounts.sign_in(body.email, body.password, visitor(), body.secondFactor)
    return session_answer(signed_in, "Signed in")


@bp.get("/balance")
@authenticated("read")
@bp.output(BalanceView)
@bp.doc(security="bearer")
def balance() -> dict[str, Any]:
    """The free balance of the signed-in account."""
    user_id = trader_id()
    email = services().accounts.email_of(user_id)
    if email is None:
        raise Rejected(401, "invalid_token", "The token is not valid")
    account = services().desk.account(user_id)
    balance_view = render.balance(account.balance)
    return {"userId": user_id, "email": email, "balance": balance_view, "seq": account.seq, "assets": {}}
