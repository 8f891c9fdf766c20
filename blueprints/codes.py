"""/user: mailboxes proven by mailed codes. Addresses that nobody has are answered like others."""

from apiflask import APIBlueprint

from blueprints.fields import Body, Email
from blueprints.limits import codes_rate, limiter
from blueprints.passwords import MailedCode, Password, require_strong
from blueprints.requests import visitor
from blueprints.services import services
from blueprints.sessions import Done

bp = APIBlueprint("codes", __name__, url_prefix="/user", tag="User")

# Of the codes' routes.
TRIED = {401: "Wrong code", 410: "The code is too old", 429: "Too many tries"}
NO_MAIL = {409: "This desk sends no mail"}


class Address(Body):
    """Whose mailbox."""

    email: Email


class ProvenAddress(Address):
    """A mailbox, and the code that was mailed to it."""

    code: MailedCode


class NewPassword(ProvenAddress):
    """A password, by the code that was mailed."""

    password: Password


@bp.post("/verify-email")
@limiter.limit(codes_rate)
@bp.input(ProvenAddress, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(responses=TRIED)
def verify_email(body: ProvenAddress) -> dict[str, str]:
    """Prove the mailbox of a new account with the code that was mailed to it."""
    if services().verification.verify(body.email, body.code, visitor()):
        return {"message": "Your e-mail is verified"}
    return {
        "message": "Your e-mail is verified. As somebody else had signed up with it, the account has no"
        " password now: set one with a password reset"
    }


@bp.post("/resend-code")
@limiter.limit(codes_rate)
@bp.input(Address, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(responses=NO_MAIL)
def resend_code(body: Address) -> dict[str, str]:
    """Have another code mailed, if the address has an account that is to be verified."""
    services().verification.resend(body.email)
    return {"message": "If this address waits to be verified, another code is on its way"}


@bp.post("/password-reset")
@limiter.limit(codes_rate)
@bp.input(Address, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(responses=NO_MAIL)
def ask_reset(body: Address) -> dict[str, str]:
    """Have a code mailed by which a new password can be set, if the address has an account."""
    services().verification.ask_reset(body.email)
    return {"message": "If this address has an account, a mail is on its way"}


@bp.post("/password-reset/confirm")
@limiter.limit(codes_rate)
@bp.input(NewPassword, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(responses=TRIED)
def reset_password(body: NewPassword) -> dict[str, str]:
    """Set a new password with the mailed code. All sessions of the account end."""
    require_strong(body.password)
    services().verification.reset(body.email, body.code, body.password, visitor())
    return {"message": "Your new password is set: sign in with it"}
