"""Rate limits in Redis: by address before sign-in, by account after it."""

from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter

from blueprints.errors import UNAVAILABLE_RETRY_S
from blueprints.services import services

API_PATH = "/api/"
# What one customer of a provider gets at least: all of it counts as one address.
_IPV6_NETWORK_BITS = 64


def by_address() -> str:
    """The key of an address's limits: where the request is from, as far as proxies of ours say so."""
    text = request.remote_addr or ""
    try:
        here: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        # A socket of the machine's own, or what a test calls itself.
        return text
    if isinstance(here, IPv4Address):
        return str(here)
    if here.ipv4_mapped is not None:
        return str(here.ipv4_mapped)
    return str(ip_network((int(here), _IPV6_NETWORK_BITS), strict=False))


# Guards what can be guessed at: with its counters away nobody is let try.
limiter = Limiter(by_address)
# Keeps one from taking it all: with the counters away each process counts for itself, and the desk goes on.
lenient = Limiter(
    by_address,
    application_limits=[lambda: services().settings.rate_limit_address],
    # The page's files are for everybody, and health is asked for by machines.
    application_limits_exempt_when=lambda: not request.path.startswith(API_PATH),
    in_memory_fallback_enabled=True,
)


def by_account() -> str:
    """The key of a caller's limits; the route is behind `authenticated`."""
    return f"user:{g.caller.user_id}"


def signup_rate() -> str:
    """The limit of sign-ups."""
    return services().settings.rate_limit_signup


def signin_rate() -> str:
    """The limit of sign-ins."""
    return services().settings.rate_limit_signin


def refresh_rate() -> str:
    """The limit of refreshes."""
    return services().settings.rate_limit_refresh


def account_rate() -> str:
    """The limit of changes of one account's identity."""
    return services().settings.rate_limit_account


def codes_rate() -> str:
    """The limit of codes asked for or tried."""
    return services().settings.rate_limit_codes


def trade_rate() -> str:
    """The limit of orders."""
    return services().settings.rate_limit_trade


def report_rate() -> str:
    """The limit of what reads all that an account has done."""
    return services().settings.rate_limit_reports


def user_rate() -> str:
    """The limit of whatever else an account asks for."""
    return services().settings.rate_limit_user


def install_limits(app: Flask) -> None:
    """Limits the app's routes."""
    with app.app_context():
        _configure()
    for one in (lenient, limiter):
        one.init_app(app)


def _configure() -> None:
    settings = services().settings
    current_app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits_enabled,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_timeout": settings.redis_timeout_s,
            "socket_connect_timeout": settings.redis_timeout_s,
        },
        RATELIMIT_STRATEGY="fixed-window",
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_HEADER_LIMIT="RateLimit-Limit",
        RATELIMIT_HEADER_REMAINING="RateLimit-Remaining",
        RATELIMIT_HEADER_RESET="RateLimit-Reset",
        RATELIMIT_HEADER_RETRY_AFTER="Retry-After",
        RATELIMIT_HEADER_RETRY_AFTER_VALUE="delta-seconds",
        RATELIMIT_KEY_PREFIX="rate",
    )
    # Run in reverse: this one comes after Flask-Limiter's own.
    current_app.after_request(_say_when_to_retry)


def _say_when_to_retry(response: Response) -> Response:
    """Flask-Limiter tells everybody to come back in the next window; a 503 passes sooner."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = UNAVAILABLE_RETRY_S
    elif response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        response.headers.pop("Retry-After", None)
    return response
