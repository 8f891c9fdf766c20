"""/user/api-keys: keys of programs, for the account's owner."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AfterValidator, BaseModel, Field, Strict

from accounts.apikeys import ADDRESSES_MAX, KeyTerms, network
from accounts.outbox import Notice
from blueprints.authenticated import authenticated, caller
from blueprints.errors import Rejected
from blueprints.fields import Body, Line
from blueprints.limits import account_rate, by_account, limiter
from blueprints.passwords import Password
from blueprints.requests import owner_email, visitor
from blueprints.services import services
from blueprints.sessions import Done
from models import ApiKey
from models.base import epoch_ms

bp = APIBlueprint("api_keys", __name__, url_prefix="/user", tag="User")

# The year 2100.
EXPIRES_AT_MS_MAX = 4_102_444_800_000

Scope = Literal["read", "trade"]
Network = Annotated[str, Field(max_length=64), AfterValidator(network)]


class KeyBody(Body):
    """A key to make. addresses: where it may be used from, CIDR; expiresAt: ms since the epoch; password:
    where the account has one."""

    name: Annotated[Line, Field(min_length=1, max_length=64)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2)]
    addresses: Annotated[list[Network], Field(default_factory=list, max_length=ADDRESSES_MAX)]
    expiresAt: Annotated[int, Strict(), Field(ge=0, le=EXPIRES_AT_MS_MAX)] | None = None
    password: Password | None = None


class KeyRow(BaseModel):
    """A key, but for its text; times in ms since the epoch."""

    keyId: str
    name: str
    hint: str
    scopes: list[Scope]
    addresses: list[str]
    createdAt: int
    expiresAt: int | None
    usedAt: int | None


class KeyMade(BaseModel):
    """A new key: its text is in this answer and nowhere else."""

    message: str
    key: str
    apiKey: KeyRow


class KeyList(BaseModel):
    """The account's keys, newest first."""

    keys: list[KeyRow]


@bp.get("/api-keys")
@authenticated("account")
@bp.output(KeyList)
@bp.doc(security="bearer")
def api_keys() -> KeyList:
    """The account's keys."""
    return KeyList(keys=[_row(key) for key in services().api_keys.of(caller().uuid)])


@bp.post("/api-keys")
@authenticated("account")
@limiter.limit(account_rate, key_func=by_account)
@bp.input(KeyBody, location="json", arg_name="body")
@bp.output(KeyMade, status_code=201)
@bp.doc(
    security="bearer",
    responses={
        403: "Wrong password; or the account has none, and the session is too old: sign in again",
        409: "There are as many keys as an account may have",
    },
)
def make_key(body: KeyBody) -> KeyMade:
    """Make a key for a program; its text is shown this once."""
    expires_at = datetime.fromtimestamp(body.expiresAt / 1000, UTC) if body.expiresAt is not None else None
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Rejected(400, "invalid_input", "The key would have expired already", field="expiresAt")
    terms = KeyTerms(
        body.name, tuple(sorted(set(body.scopes))), tuple(dict.fromkeys(body.addresses)), expires_at
    )
    services().proofs.prove(caller(), body.password, None, visitor(), ask_second_factor=False)
    key, text = services().api_keys.make(caller(), terms, visitor())
    services().outbox.notice(Notice.KEY_MADE, owner_email(), visitor(), name=key.name)
    return KeyMade(message="Keep the key now: it is not shown again", key=text, apiKey=_row(key))


@bp.delete("/api-keys/<uuid:key_id>")
@authenticated("account")
@bp.output(Done)
@bp.doc(security="bearer", responses={404: "No such key"})
def revoke_key(key_id: UUID) -> dict[str, str]:
    """End a key at once."""
    if not services().api_keys.revoke(caller(), key_id, visitor()):
        raise Rejected(404, "key_unknown", "There is no such key")
    return {"message": "The key is good for nothing any more"}


def _row(key: ApiKey) -> KeyRow:
    return KeyRow(
        keyId=str(key.id),
        name=key.name,
        hint=key.hint,
        scopes=key.scopes,
        addresses=key.addresses,
        createdAt=epoch_ms(key.created_at),
        expiresAt=epoch_ms(key.expires_at) if key.expires_at else None,
        usedAt=epoch_ms(key.used_at) if key.used_at else None,
    )
