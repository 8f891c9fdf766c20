"""What every answer tells the browser not to do. The names are OWASP's list of secure headers."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from accounts.tokens import cookies_secure
from blueprints.limits import API_PATH
from runtime.settings import Settings

_A_YEAR_S = 31_536_000


def install_headers(app: Flask, settings: Settings) -> None:
    """Adds the headers to every answer of the app."""
    common = {
        "Content-Security-Policy": _policy(settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if cookies_secure(settings):
        common["Strict-Transport-Security"] = f"max-age={_A_YEAR_S}; includeSubDomains"

    def add(response: Response) -> Response:
        for name, value in common.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(API_PATH):
            # Balances and tokens are nobody's to keep.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add)


def _policy(settings: Settings) -> str:
    """The content security policy: everything from here, and nothing from anywhere else."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": " ".join(["'self'", *_sockets(settings)]),
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _sockets(settings: Settings) -> list[str]:
    """The WebSocket of the page's own origin, which older browsers don't count as 'self'."""
    host = urlsplit(settings.public_url).netloc if settings.public_url else ""
    return [f"wss://{host}" if settings.public_url.startswith("https://") else f"ws://{host}"] if host else []
