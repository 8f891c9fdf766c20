"""/user: signing up, signing in, the balance."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask_jwt_extended import jwt_required
from pydantic import BaseModel, Field

from accounts.tokens import access_token
from blueprints import render
from blueprints.errors import Rejected
from blueprints.fields import Body, Email
from blueprints.limits import limiter, signin_rate, signup_rate
from blueprints.requests import trader_id
from blueprints.services import services
from models import User

bp = APIBlueprint("user", __name__, url_prefix="/user", tag="User")

PASSWORD_LENGTH_MAX = 256


class Credentials(Body):
    """What signs one up or in."""

    email: Email
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]


class Session(BaseModel):
    """Who one is now."""

    message: str
    userId: str
    token: str
    needsVerification: bool


class BalanceView(BaseModel):
    """An account's free money."""

    userId: str
    email: str
    balance: render.UsdBalance
    assets: dict[str, Any]


@bp.post("/signup")
@limiter.limit(signup_rate)
@bp.input(Credentials, location="json", arg_name="body")
@bp.output(Session, status_code=201)
@bp.doc(responses={409: "There is an account with this e-mail already"})
def sign_up(body: Credentials) -> Session:
    """Make an account with its demo balance."""
    least = services().settings.password_length_min
    if len(body.password) < least:
        raise Rejected(
            400, "invalid_input", f"The password must have at least {least} characters", field="password"
        )
    return _session(services().accounts.sign_up(body.email, body.password), "Welcome to cfdesk")


@bp.post("/signin")
@limiter.limit(signin_rate)
@bp.input(Credentials, location="json", arg_name="body")
@bp.output(Session)
@bp.doc(responses={401: "Wrong e-mail or password"})
def sign_in(body: Credentials) -> Session:
    """Get an access token."""
    return _session(services().accounts.sign_in(body.email, body.password), "Signed in")


@bp.get("/balance")
@jwt_required()
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


def _session(user: User, message: str) -> Session:
    return Session(
        message=message,
        userId=str(user.id),
        token=access_token(user),
        needsVerification=user.email_verified_at is None,
    )
