"""Every route of the API, with an input that it takes: what tests of all routes go through."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.api import PASSWORD

# An id that nothing has.
NOBODYS = "00000000-0000-4000-8000-000000000000"

# A mailed one, or an authenticator's.
CODE = "123456"


@dataclass(frozen=True)
class Route:
    """A route of the API, an input that it takes, and what may be left out of it."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    optional: frozenset[str] = frozenset()
    query: dict[str, Any] = field(default_factory=dict)
    token: bool = False
    body_optional: bool = False
    # The rule of the URL map, where it isn't the path itself.
    rule: str = ""
    # What a good input is answered where there is nothing for it to do: no mail, no code, no second factor.
    refused: int = 0

    @property
    def name(self) -> str:
        """What a test calls it."""
        return f"{self.method} {self.path}"


# ORDER_ID stands for an open order of the caller.
ORDER_ID = "ORDER_ID"
TRADE_ROUTES = [
    Route(
        "POST",
        "/trade/open",
        {
            "asset": "BTC",
            "type": "buy",
            "margin": 100,
            "leverage": 10,
            "takeProfit": 70_000,
            "stopLoss": 60_000,
            "trailingStopLoss": {"enabled": True, "trailingDistance": 100},
        },
        frozenset({"takeProfit", "stopLoss", "trailingStopLoss"}),
        token=True,
    ),
    Route(
        "GET",
        "/trade/preview",
        query={
            "asset": "BTC",
            "type": "buy",
            "margin": 100,
            "leverage": 10,
            "takeProfit": 70_000,
            "stopLoss": 60_000,
            "trailingDistance": 100,
        },
        token=True,
    ),
    Route("POST", "/trade/close", {"orderId": ORDER_ID}, token=True),
    Route("POST", "/trade/close-all", {"asset": "BTC"}, frozenset({"asset"}), token=True),
    Route(
        "POST",
        "/trade/modify",
        {
            "orderId": ORDER_ID,
            "takeProfit": 70_000,
            "stopLoss": 60_000,
            "trailingStopLoss": {"enabled": True, "trailingDistance": 100},
        },
        frozenset({"takeProfit", "stopLoss", "trailingStopLoss"}),
        token=True,
    ),
    Route("POST", "/trade/partial-close", {"orderId": ORDER_ID, "percentage": 25}, token=True),
    Route("POST", "/trade/add-margin", {"orderId": ORDER_ID, "additionalMargin": 50}, token=True),
    Route("POST", "/trade/reset", {}, token=True, body_optional=True),
    Route("GET", "/trade/open", token=True),
    Route(
        "GET",
        "/trade/history",
        query={
            "limit": 5,
            "cursor": "x",
            "orderId": NOBODYS,
            "asset": "BTC",
            "type": "buy",
            "reason": "manual,stop_loss",
            "outcome": "won",
            "from": 0,
            "to": 1,
            "format": "json",
        },
        token=True,
    ),
    Route("GET", "/trade/performance", query={"asset": "BTC", "from": 0, "to": 1}, token=True),
    Route("GET", "/trade/platform-profit"),
    Route("GET", "/asset/"),
    Route(
        "GET", "/asset/candles", query={"asset": "BTC", "ts": "1m", "startTime": 0, "endTime": 1, "limit": 1}
    ),
]
USER_ROUTES = [
    Route("POST", "/user/signup", {"email": "new@example.com", "password": PASSWORD}),
    Route(
        "POST",
        "/user/signin",
        {"email": "trader@example.com", "password": PASSWORD, "secondFactor": CODE},
        frozenset({"secondFactor"}),
    ),
    Route("GET", "/user/balance", token=True),
    # Let in by the cookie.
    Route("POST", "/user/refresh", {}, body_optional=True),
    # By token or by cookie.
    Route("POST", "/user/signout", {}, body_optional=True),
    Route("POST", "/user/signout-everywhere", {}, token=True, body_optional=True),
    Route("GET", "/user/me", token=True),
    Route("GET", "/user/sessions", token=True),
    Route(
        "DELETE",
        f"/user/sessions/{NOBODYS}",
        token=True,
        rule="/user/sessions/<uuid:session_id>",
    ),
    Route("GET", "/user/security-events", query={"limit": 5, "cursor": "7"}, token=True),
    Route("GET", "/user/api-keys", token=True),
    Route(
        "POST",
        "/user/api-keys",
        {
            "name": "my program",
            "scopes": ["read"],
            "addresses": ["192.0.2.0/24"],
            "expiresAt": 4_000_000_000_000,
            "password": PASSWORD,
        },
        frozenset({"addresses", "expiresAt", "password"}),
        token=True,
    ),
    Route("DELETE", f"/user/api-keys/{NOBODYS}", token=True, rule="/user/api-keys/<uuid:key_id>"),
]
# By mailed codes, of which a desk without mail has none; and what guards the account of the caller.
PROOF_ROUTES = [
    Route("POST", "/user/verify-email", {"email": "trader@example.com", "code": CODE}, refused=410),
    Route("POST", "/user/resend-code", {"email": "trader@example.com"}, refused=409),
    Route("POST", "/user/password-reset", {"email": "trader@example.com"}, refused=409),
    Route(
        "POST",
        "/user/password-reset/confirm",
        {"email": "trader@example.com", "code": CODE, "password": PASSWORD},
        refused=410,
    ),
    Route(
        "POST",
        "/user/password",
        {"currentPassword": PASSWORD, "password": PASSWORD, "secondFactor": CODE},
        frozenset({"currentPassword", "secondFactor"}),
        token=True,
    ),
    Route(
        "POST",
        "/user/email",
        {"email": "new@example.com", "password": PASSWORD, "secondFactor": CODE},
        frozenset({"password", "secondFactor"}),
        token=True,
        refused=409,
    ),
    Route("POST", "/user/email/confirm", {"code": CODE}, token=True, refused=410),
    Route(
        "POST",
        "/user/second-factor",
        {"password": PASSWORD},
        frozenset({"password"}),
        token=True,
        body_optional=True,
    ),
    Route("POST", "/user/second-factor/confirm", {"code": CODE}, token=True, refused=409),
    *(
        Route(
            "POST",
            f"/user/second-factor/{what}",
            {"password": PASSWORD, "code": CODE},
            frozenset({"password"}),
            token=True,
            refused=409,
        )
        for what in ("remove", "recovery-codes")
    ),
]
# Where no provider is configured.
AUTH_ROUTES = [
    Route("GET", "/auth/status"),
    Route("GET", "/auth/google", rule="/auth/<provider:provider>"),
    Route("GET", "/auth/google/callback", rule="/auth/<provider:provider>/callback"),
    Route(
        "POST",
        "/auth/exchange",
        {"code": "a code", "secondFactor": CODE},
        frozenset({"secondFactor"}),
        refused=401,
    ),
    Route(
        "POST",
        "/auth/link/google",
        {},
        token=True,
        body_optional=True,
        rule="/auth/link/<provider>",
        refused=503,
    ),
    Route(
        "POST",
        "/auth/unlink/google",
        {"password": PASSWORD},
        frozenset({"password"}),
        token=True,
        body_optional=True,
        rule="/auth/unlink/<provider>",
        refused=404,
    ),
]
_WHY = {"reason": "told to by the risk desk"}
_PARKED = "/ops/messages/<int(max=9007199254740991):parked_id>"
OPS_ROUTES = [
    Route("GET", "/ops/queues"),
    Route("GET", "/ops/queues/mail/messages", query={"state": "ready"}, rule="/ops/queues/<queue>/messages"),
    Route("GET", "/ops/system"),
    Route("GET", "/ops/actors"),
    Route("POST", "/ops/actors/send_mail/pause", _WHY, rule="/ops/actors/<actor>/pause"),
    Route("POST", "/ops/actors/send_mail/resume", _WHY, rule="/ops/actors/<actor>/resume"),
    Route("GET", "/ops/messages", query={"actor": "send_mail", "dropped": "true", "page": 1}),
    Route("GET", "/ops/messages/1", rule=_PARKED, refused=404),
    Route(
        "POST",
        "/ops/messages/1/retry",
        _WHY,
        rule=f"{_PARKED}/retry",
        refused=404,
    ),
    Route(
        "POST",
        "/ops/messages/1/drop",
        _WHY,
        rule=f"{_PARKED}/drop",
        refused=404,
    ),
    Route("POST", "/ops/messages/retry", {"actor": "send_mail"} | _WHY),
    Route("GET", "/ops/limits"),
    Route("PUT", "/ops/limits/ETH", {"closeOnly": True} | _WHY, rule="/ops/limits/<symbol>"),
    Route("GET", "/ops/accounts", query={"words": "trader"}),
    Route("GET", f"/ops/accounts/{NOBODYS}", rule="/ops/accounts/<uuid:user_id>", refused=404),
    Route(
        "GET",
        f"/ops/accounts/{NOBODYS}/events",
        query={"before": 5, "limit": 5},
        rule="/ops/accounts/<uuid:user_id>/events",
        refused=404,
    ),
    *(
        Route(
            "POST",
            f"/ops/accounts/{NOBODYS}/{what}",
            body | _WHY,
            rule=f"/ops/accounts/<uuid:user_id>/{what}",
            refused=404,
        )
        for what, body in (("halt", {}), ("resume", {}), ("adjust", {"cents": 5}), ("reset", {}))
    ),
    Route("GET", "/ops/risk"),
    Route("GET", "/ops/profit", query={"days": 7, "step": "1 hour"}),
    Route("GET", "/ops/actions", query={"subject": "asset ETH", "page": 1}),
]
ROUTES = [*USER_ROUTES, *PROOF_ROUTES, *AUTH_ROUTES, *TRADE_ROUTES]
