"""What every command of a trader's has in common, said once."""

from collections.abc import Callable
from typing import Any, TypeVar

from apiflask import APIBlueprint
from pydantic import BaseModel

from blueprints.authenticated import authenticated
from blueprints.fields import Body
from blueprints.limits import by_account, lenient, trade_rate

AnyBody = TypeVar("AnyBody", bound=Body)
View = Callable[[AnyBody], dict[str, Any]]


def command(
    bp: APIBlueprint, path: str, body: type[AnyBody], answer: type[BaseModel], *, status: int = 200
) -> Callable[[View[AnyBody]], View[AnyBody]]:
    """Serves a view at a POST of the path: a change of the token's owner's account, at the rate of orders.

    The view gets the parsed body. That a change happens once is its own to see to, with `idempotent_request`.
    """

    def register(view: View[AnyBody]) -> View[AnyBody]:
        # From the inside out: who has no token isn't counted, and who asks too often isn't parsed.
        for wrap in (
            bp.doc(security="bearer"),
            bp.output(answer, status_code=status),
            bp.input(body, location="json", arg_name="body"),
            lenient.limit(trade_rate, key_func=by_account),
            authenticated("trade"),
            bp.post(path),
        ):
            view = wrap(view)
        return view

    return register
