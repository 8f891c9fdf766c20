"""/ops/actions: the record of what operators did."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from blueprints.fields import Body
from blueprints.ops.access import for_operators
from blueprints.services import services
from models.base import epoch_ms
from operators.actions import CONSOLE, read_actions

bp = APIBlueprint("ops_actions", __name__, tag="Operators")

PAGES_MAX = 1_000


class ActionsQuery(Body):
    """subject: only what is about it, as in the rows."""

    subject: Annotated[str, Field(max_length=100)] | None = None
    page: Annotated[int, Field(ge=1, le=PAGES_MAX)] = 1


class ActionRow(BaseModel):
    """One action; at in ms since the epoch. outcome: null while it is being done."""

    actionId: str
    at: int
    operator: str
    address: str
    kind: str
    subject: str
    reason: str
    details: dict[str, Any]
    outcome: str | None
    error: str | None


class ActionList(BaseModel):
    """Newest first; more: there are older ones."""

    actions: list[ActionRow]
    more: bool


@bp.get("/actions")
@for_operators
@bp.input(ActionsQuery, location="query", arg_name="query")
@bp.output(ActionList)
@bp.doc(security="bearer")
def actions(query: ActionsQuery) -> ActionList:
    """Who did what, when and why."""
    with services().engine.connect() as connection:
        page = read_actions(connection, subject=query.subject, page=query.page)
    return ActionList(actions=[_row(row) for row in page.rows], more=page.more)


def _row(row: dict[str, Any]) -> ActionRow:
    return ActionRow(
        actionId=str(row["id"]),
        at=epoch_ms(row["at"]),
        operator=row["operator"] or CONSOLE,
        **{
            name: row[name]
            for name in ("address", "kind", "subject", "reason", "details", "outcome", "error")
        },
    )
