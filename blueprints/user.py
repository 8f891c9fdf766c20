"""/user: signing up, signing in, the balance."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from blueprints import render
from blueprints.authenticated import authenticated
from blueprints.errors import Rejected
from blueprints.fields import Body, Email
from blueprints.limits import limiter, signin_rate, signup_rate
from blueprints.requests import trader_id, visitor
from blueprints.services import services
from blueprints.sessions import SessionView, session_answer

bp = APIBlueprint("user", __name__, url_prefix="/user", tag="User")

PASSWORD_LENGTH_MAX = 256


class Credentials(Body):
    """What signs one up or in."""

    email: Email
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]


class BalanceView(BaseModel):
    """An account's free money."""

    userId: str
    email: str
    balance: render.UsdBalance
    assets: dict[str, Any]


@bp.post("/signup")
@limiter.limit(signup_rate)
@bp.input(Credentials, location="json", arg_name="body")
@bp.output(SessionView, status_code=201)
@bp.doc(responses={409: "There is an account with this e-mail already"})
def sign_up(body: Credentials) -> SessionView:
    """Make an account with its demo balance."""
    least = services().settings.password_length_min
    if len(body.password) < least:
        raise Rejected(
            400, "invalid_input", f"The password must have at least {least} characters", field="password"
        )
    return session_answer(
        services().accounts.sign_up(body.email, body.password, visitor()), "Welcome to cfdesk"
    )


@bp.post("/signin")
@limiter.limit(signin_rate)
@bp.input(Credentials, location="json", arg_name="body")
@bp.output(SessionView)
@bp.doc(responses={401: "Wrong e-mail or password"})
def sign_in(body: Credentials) -> SessionView:
    """Get an access token."""
    return session_answer(services().accounts.sign_in(body.email, body.password, visitor()), "Signed in")


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
    cents = services().desk.account(user_id).balance
    return {"userId": user_id, "email": email, "balance": render.balance(cents), "assets": {}}
