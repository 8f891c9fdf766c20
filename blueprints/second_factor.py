"""/user/second-factor: an authenticator beside the password."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel

from accounts.credentials import session_id
from accounts.outbox import Notice
from accounts.secondfactor import provisioning_uri
from blueprints.authenticated import authenticated, caller
from blueprints.credentials import PROVEN
from blueprints.fields import Body
from blueprints.limits import account_rate, by_account, limiter
from blueprints.passwords import Password, SecondFactorCode
from blueprints.requests import body_optional, owner_email, visitor
from blueprints.services import services
from blueprints.sessions import Done

bp = APIBlueprint("second_factor", __name__, url_prefix="/user/second-factor", tag="User")


class Owner(Body):
    """The password, where the account has one."""

    password: Password | None = None


class AuthenticatorCode(Body):
    """What the authenticator shows."""

    code: SecondFactorCode


class OwnerWithCode(Owner):
    """The password, where the account has one, and what the authenticator shows."""

    code: SecondFactorCode


class Begun(BaseModel):
    """What an authenticator is told: `uri` as a QR code, or `secret` by hand."""

    secret: str
    uri: str


class RecoveryCodes(BaseModel):
    """Each stands in for the authenticator once. They are shown now, and never again."""

    recoveryCodes: list[str]


class TurnedOn(RecoveryCodes):
    """The second factor is asked for from now on."""

    message: str


@bp.post("")
@body_optional
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(Owner, location="json", arg_name="body")
@bp.output(Begun)
@bp.doc(security="bearer", responses=PROVEN | {409: "There is a second factor already"})
def begin(body: Owner) -> dict[str, str]:
    """Get a new secret for an authenticator. It counts once confirmed."""
    services().proofs.prove(caller(), body.password, None, visitor(), ask_second_factor=False)
    secret = services().second_factors.begin(caller().uuid)
    return {"secret": secret, "uri": provisioning_uri(secret, owner_email())}


@bp.post("/confirm")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(AuthenticatorCode, location="json", arg_name="body")
@bp.output(TurnedOn)
@bp.doc(
    security="bearer",
    responses={401: "Wrong code", 409: "There is one already, or none begun", 429: "Too many tries"},
)
def confirm(body: AuthenticatorCode) -> dict[str, Any]:
    """Turn the second factor on with the authenticator's code."""
    me = caller()
    codes = services().second_factors.confirm(me.uuid, body.code, visitor(), session_id=session_id(me))
    services().outbox.notice(Notice.SECOND_FACTOR_ON, owner_email(), visitor())
    return {"message": "Your second factor is on", "recoveryCodes": codes}


@bp.post("/remove")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(OwnerWithCode, location="json", arg_name="body")
@bp.output(Done)
@bp.doc(security="bearer", responses=PROVEN | {409: "There is no second factor"})
def remove(body: OwnerWithCode) -> dict[str, str]:
    """Turn the second factor off."""
    me = caller()
    services().proofs.prove(me, body.password, body.code, visitor())
    services().second_factors.remove(me.uuid, visitor(), session_id=session_id(me))
    services().outbox.notice(Notice.SECOND_FACTOR_OFF, owner_email(), visitor())
    return {"message": "Your second factor is off"}


@bp.post("/recovery-codes")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(OwnerWithCode, location="json", arg_name="body")
@bp.output(RecoveryCodes)
@bp.doc(security="bearer", responses=PROVEN | {409: "There is no second factor"})
def renew_recovery_codes(body: OwnerWithCode) -> dict[str, list[str]]:
    """Get ten new recovery codes; the earlier ones are good for nothing."""
    me = caller()
    services().proofs.prove(me, body.password, body.code, visitor())
    codes = services().second_factors.renew_recovery_codes(me.uuid, visitor(), session_id=session_id(me))
    services().outbox.notice(Notice.RECOVERY_CODES_MADE, owner_email(), visitor())
    return {"recoveryCodes": codes}
