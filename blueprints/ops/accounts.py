"""/ops/accounts: find an account, look at it, halt it, start it over, correct its balance."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, Strict

from blueprints import render
from blueprints.errors import Rejected
from blueprints.fields import Body
from blueprints.ops.access import Reasoned, asked_by, for_operators
from blueprints.ops.limits import apply_now
from blueprints.services import services
from blueprints.shapes import Order, UsdBalance
from domain.units import NOTIONAL_CENTS_MAX
from models.base import epoch_ms
from operators.accounts import EVENTS_MAX, account_events, find_accounts
from operators.actions import ActionKind, recorded, request_of
from operators.limits import keep_halt

bp = APIBlueprint("ops_accounts", __name__, tag="Operators")

SEQ_MAX = 2**53 - 1


class FindQuery(Body):
    """words: a part of an address, or a whole id; without them the newest accounts."""

    words: Annotated[str, Field(max_length=254)] = ""


class EventsQuery(Body):
    """before: only events with a smaller number."""

    before: Annotated[int, Field(ge=1, le=SEQ_MAX)] | None = None
    limit: Annotated[int, Field(ge=1, le=EVENTS_MAX)] = 50


class AdjustBody(Reasoned):
    """cents: added to the balance or, below zero, taken from it."""

    cents: Annotated[int, Strict(), Field(ge=-NOTIONAL_CENTS_MAX, le=NOTIONAL_CENTS_MAX)]


class AccountRow(BaseModel):
    """An account; times in ms since the epoch, balance in cents, null before its first event."""

    userId: str
    email: str
    role: str
    createdAt: int
    verified: bool
    balance: int | None
    haltedSince: int | None


class AccountList(BaseModel):
    """Newest first, 50 at most."""

    accounts: list[AccountRow]


class AccountNow(BaseModel):
    """An account as the order state has it."""

    account: AccountRow
    balance: UsdBalance
    seq: int
    orders: list[Order]


class AccountEvent(BaseModel):
    """One step of an account: `fields` as the order state told it. balance: after it, in cents."""

    seq: int
    kind: str
    at: int
    balance: int
    fields: dict[str, str]


class AccountEvents(BaseModel):
    """Newest first."""

    events: list[AccountEvent]


class Changed(BaseModel):
    """What an account has afterwards."""

    message: str
    balance: UsdBalance


@bp.get("/accounts")
@for_operators
@bp.input(FindQuery, location="query", arg_name="query")
@bp.output(AccountList)
@bp.doc(security="bearer")
def accounts(query: FindQuery) -> AccountList:
    """Accounts by a part of their address, or by their id."""
    with services().engine.connect() as connection:
        found = find_accounts(connection, query.words.strip())
    return AccountList(accounts=[_row(row) for row in found])


@bp.get("/accounts/<uuid:user_id>")
@for_operators
@bp.output(AccountNow)
@bp.doc(security="bearer", responses={404: "No such account"})
def account(user_id: UUID) -> dict[str, Any]:
    """One account: balance and open positions, at this moment."""
    row = _known(user_id)
    now = services().desk.account(str(user_id))
    return {
        "account": row,
        "balance": render.balance(now.balance),
        "seq": now.seq,
        "orders": [render.order(position) for position in now.positions],
    }


@bp.get("/accounts/<uuid:user_id>/events")
@for_operators
@bp.input(EventsQuery, location="query", arg_name="query")
@bp.output(AccountEvents)
@bp.doc(security="bearer", responses={404: "No such account"})
def events(user_id: UUID, query: EventsQuery) -> AccountEvents:
    """What happened to an account, step by step, each with the HTTP request that caused it (`trace`)."""
    _known(user_id)
    with services().engine.connect() as connection:
        rows = account_events(connection, user_id, before=query.before, limit=query.limit)
    return AccountEvents(events=[AccountEvent(**{**row, "at": epoch_ms(row["at"])}) for row in rows])


@bp.post("/accounts/<uuid:user_id>/halt")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(AccountRow)
@bp.doc(security="bearer", responses={404: "No such account"})
def halt(user_id: UUID, body: Reasoned) -> AccountRow:
    """Keep an account from opening positions; it can still close its own. In force when this answers."""
    return _halt(user_id, body, halted=True)


@bp.post("/accounts/<uuid:user_id>/resume")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(AccountRow)
@bp.doc(security="bearer", responses={404: "No such account"})
def resume(user_id: UUID, body: Reasoned) -> AccountRow:
    """Let an account open positions again."""
    return _halt(user_id, body, halted=False)


@bp.post("/accounts/<uuid:user_id>/adjust")
@for_operators
@bp.input(AdjustBody, location="json", arg_name="body")
@bp.output(Changed)
@bp.doc(security="bearer", responses={404: "No such account"})
def adjust(user_id: UUID, body: AdjustBody) -> dict[str, Any]:
    """Add to an account's balance or take from it: an entry of the ledger, under the action's id."""
    _known(user_id)
    with recorded(
        services().engine, asked_by(body), ActionKind.BALANCE_ADJUSTED, _subject(user_id), cents=body.cents
    ) as action_id:
        event = services().desk.adjust(str(user_id), request_of(action_id), body.cents)
    return {"message": "Balance adjusted", "balance": render.balance(event.balance)}


@bp.post("/accounts/<uuid:user_id>/reset")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(Changed)
@bp.doc(security="bearer", responses={404: "No such account"})
def reset(user_id: UUID, body: Reasoned) -> dict[str, Any]:
    """Close an account's positions at the current prices and give it a new one's balance, or do nothing."""
    _known(user_id)
    with recorded(
        services().engine, asked_by(body), ActionKind.ACCOUNT_RESET, _subject(user_id)
    ) as action_id:
        outcome = services().desk.reset(
            str(user_id), request_of(action_id), services().settings.start_balance_cents
        )
    return {"message": "Account reset", "balance": render.balance(outcome.reset.balance)}


def _halt(user_id: UUID, body: Reasoned, *, halted: bool) -> AccountRow:
    _known(user_id)
    kind = ActionKind.ACCOUNT_HALTED if halted else ActionKind.ACCOUNT_RESUMED
    with recorded(services().engine, asked_by(body), kind, _subject(user_id)) as action_id:
        with services().engine.begin() as connection:
            keep_halt(connection, user_id, action_id, halted=halted)
        apply_now()
    return _known(user_id)


def _known(user_id: UUID) -> AccountRow:
    with services().engine.connect() as connection:
        found = find_accounts(connection, str(user_id))
    if not found:
        raise Rejected(404, "account_unknown", "There is no such account")
    return _row(found[0])


def _row(row: Mapping[str, Any]) -> AccountRow:
    return AccountRow(
        userId=str(row["id"]),
        email=row["email"],
        role=row["role"],
        createdAt=epoch_ms(row["created_at"]),
        verified=row["email_verified_at"] is not None,
        balance=row["balance"],
        haltedSince=epoch_ms(row["halted_since"]) if row["halted_since"] else None,
    )


def _subject(user_id: UUID) -> str:
    return f"account {user_id}"
