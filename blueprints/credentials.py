"""/user: a signed-in owner's password and e-mail."""

from apiflask import APIBlueprint
from pydantic import BaseModel

from blueprints.authenticated import authenticated, caller
from blueprints.codes import TRIED
from blueprints.fields import Body, Email
from blueprints.limits import account_rate, by_account, limiter
from blueprints.passwords import MailedCode, Password, SecondFactorCode, require_strong
from blueprints.requests import visitor
from blueprints.services import services
from blueprints.sessions import Done

bp = APIBlueprint("credentials", __name__, url_prefix="/user", tag="User")

# Of routes that want to see the owner once more.
PROVEN = {
    401: "The second factor is missing or wrong",
    403: "Wrong password; or the account has none, and the session is too old: sign in again",
    429: "Too many second factors were wrong",
}


class ChangedPassword(Body):
    """A new password; currentPassword: where the account has one, secondFactor: the same."""

    currentPassword: Password | None = None
    password: Password
    secondFactor: SecondFactorCode | None = None


class ChangedEmail(Body):
    """A new address, and what proves the owner."""

    email: Email
    password: Password | None = None
    secondFactor: SecondFactorCode | None = None


class EmailCode(Body):
    """What was mailed."""

    code: MailedCode


class EmailChanged(BaseModel):
    """The account's address from now on."""

    message: str
    email: str


@bp.post("/password")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(ChangedPassword, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(security="bearer", responses=PROVEN)
def change_password(body: ChangedPassword) -> dict[str, str]:
    """Set a password. The account's other sessions end."""
    require_strong(body.password)
    services().proofs.prove(caller(), body.currentPassword, body.secondFactor, visitor())
    services().credentials.change_password(caller(), body.password, visitor())
    return {"message": "Your password is changed, and your other sessions have ended"}


@bp.post("/email")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(ChangedEmail, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(security="bearer", responses=PROVEN | {409: "It has this address, or this desk sends no mail"})
def ask_email(body: ChangedEmail) -> dict[str, str]:
    """Have a code mailed to a new address."""
    services().proofs.prove(caller(), body.password, body.secondFactor, visitor())
    services().credentials.ask_email(caller(), body.email)
    return {"message": "We have sent a mail to the new address: it says how to go on"}


@bp.post("/email/confirm")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(EmailCode, location="json", arg_name="body")
@bp.output(EmailChanged)
@bp.doc(security="bearer", responses=TRIED | {409: "Another account has the address meanwhile"})
def change_email(body: EmailCode) -> dict[str, str]:
    """Make the address that the code was mailed to the account's. The old address is told."""
    email = services().credentials.change_email(caller(), body.code, visitor())
    return {"message": "Your e-mail is changed", "email": email}
