"""The browser that a sign-in through a provider is bound to: Flask's session, in a signed cookie.

Nobody reads it but the pages of /auth, and it tells nothing: which flows this browser has begun, and a
secret of its own. What they are about is in Redis.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from flask import session

from accounts.keyring import Keyring
from accounts.tokens import cookies_secure
from runtime.settings import Settings

COOKIE_PATH = "/api/v2/auth"
_LIFE = timedelta(minutes=15)
_SECRET = "browser"  # noqa: S105 - the name of it
_PURPOSE = "flask session"


def browser_config(settings: Settings, keyring: Keyring) -> dict[str, Any]:
    """Flask's configuration of it."""
    secure = cookies_secure(settings)
    newest, *former = keyring.derive_all(_PURPOSE)
    return {
        "SECRET_KEY": newest,
        "SECRET_KEY_FALLBACKS": former,
        "SESSION_COOKIE_NAME": "__Secure-cfdesk_auth" if secure else "cfdesk_auth",
        "SESSION_COOKIE_PATH": COOKIE_PATH,
        "SESSION_COOKIE_HTTPONLY": True,
        # Lax: a provider's redirect is a navigation from another site, and must bring it.
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": _LIFE,
    }


def mark_browser() -> str:
    """Gives this browser a new secret; what is kept elsewhere of it."""
    secret = session[_SECRET] = secrets.token_urlsafe(24)
    return _kept(secret)


def is_browser(mark: str) -> bool:
    """Whether this is the browser that was marked so."""
    secret = session.get(_SECRET)
    return isinstance(secret, str) and hmac.compare_digest(_kept(secret), mark)


def unmark_browser() -> None:
    """The secret has done what it was for."""
    session.pop(_SECRET, None)


def _kept(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
