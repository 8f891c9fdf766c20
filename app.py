"""The front door: wires settings, connections and blueprints. No logic.

create_app()         REST, the page, and /ws: the `web` process
create_stream_app()  the WebSocket relay alone: the `stream` process
"""

from apiflask import APIBlueprint, APIFlask
from flask import Flask
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from werkzeug.middleware.proxy_fix import ProxyFix

from accounts.apikeys import ApiKeys
from accounts.browser import browser_config
from accounts.challenges import Challenges
from accounts.credentials import Credentials
from accounts.exchange import Arrivals
from accounts.keyring import Keyring
from accounts.oauth import OAuthAccounts
from accounts.oauth_clients import Providers
from accounts.outbox import Outbox
from accounts.parts import Parts
from accounts.passwords import Passwords
from accounts.proof import Proofs
from accounts.secondfactor import SecondFactors
from accounts.sessions import Sessions
from accounts.signup import Accounts
from accounts.tokens import jwt_config
from accounts.verification import Verification
from blueprints import (
    api_keys,
    asset,
    auth,
    codes,
    credentials,
    health,
    history,
    metrics,
    ops,
    performance,
    positions,
    second_factor,
    sessions,
    spa,
    trade,
    user,
)
from blueprints.errors import ERROR_SCHEMA, install_errors, install_tokens
from blueprints.headers import install_headers
from blueprints.jsons import StrictJSON
from blueprints.limits import install_limits
from blueprints.metering import install_metering
from blueprints.openapi import complete
from blueprints.requests import JSONRequest, require_json
from blueprints.services import Services
from blueprints.stream import install_stream
from blueprints.tracing import install_tracing
from orders.client import OrderDesk
from runtime.broker import sending_broker
from runtime.connections import engine, orders_redis, queue_redis
from runtime.logs import configure_logging
from runtime.settings import Settings, get_settings
from workers.commands import install_commands

API_PREFIX = "/api/v2"


def create_app(settings: Settings | None = None) -> APIFlask:
    """The web application: the API under /api/v2, health, the page, and the relay at /ws."""
    full_rights = settings or get_settings()
    settings = full_rights.for_web()
    configure_logging(settings, "web")
    app = APIFlask(
        __name__,
        title="cfdesk",
        version="2",
        spec_path=f"{API_PREFIX}/openapi.json",
        # Ours, in blueprints/spa.py: APIFlask's would load its scripts from elsewhere.
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]
    )
    app.spec_processor(complete)
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=400,
        HTTP_ERROR_SCHEMA=ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=ERROR_SCHEMA,
    )
    app.security_schemes = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "refreshCookie": {"type": "apiKey", "in": "cookie", "name": "refresh_token"},
    }
    _configure(app, settings)
    CORS(
        app,
        resources={f"{API_PREFIX}/*": {"origins": list(settings.cors_origins)}},
        expose_headers=[history.TRUNCATED_HEADER],
    )
    install_limits(app)
    install_headers(app, settings)
    app.url_map.converters["provider"] = auth.ProviderName
    api = APIBlueprint("api", __name__, url_prefix=API_PREFIX)
    api.before_request(require_json)
    identity = (user, codes, credentials, second_factor, sessions, api_keys, auth)
    for room in (*identity, trade, positions, history, performance, asset, ops):
        api.register_blueprint(room.bp)
    app.register_blueprint(api)
    app.register_blueprint(health.bp)
    app.register_blueprint(health.bp, url_prefix=API_PREFIX, name="api_health")
    app.register_blueprint(metrics.bp)
    install_stream(app, paths=("/ws",))
    app.register_blueprint(spa.bp)
    install_commands(app, full_rights)
    return app


def create_stream_app(settings: Settings | None = None) -> Flask:
    """The relay's application: WebSocket at / and /ws, and health."""
    settings = (settings or get_settings()).for_web()
    configure_logging(settings, "stream")
    app = Flask(__name__, static_folder=None)
    _configure(app, settings)
    install_headers(app, settings)
    app.register_blueprint(health.bp)
    install_stream(app, paths=("/", "/ws"))
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.json = StrictJSON(app)
    app.request_class = JSONRequest
    app.url_map.strict_slashes = False
    app.config.update(MAX_CONTENT_LENGTH=settings.request_bytes_max, **jwt_config(settings))
    keyring = Keyring(settings)
    app.config.update(browser_config(settings, keyring))
    install_tokens(JWTManager(app), keyring)
    install_metering(app)
    install_tracing(app)
    install_errors(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    with app.app_context():
        _services(app, settings, keyring).install()


def _services(app: Flask, settings: Settings, keyring: Keyring) -> Services:
    order_state = orders_redis(settings, name="web")
    desk = OrderDesk(order_state, settings)
    database = engine(settings, name="web")
    queues = queue_redis(settings, name="web")
    broker = sending_broker(queues)
    outbox = Outbox(broker, settings)
    parts = Parts(
        settings=settings,
        engine=database,
        sessions=Sessions(database, queues, settings),
        api_keys=ApiKeys(database, queues, settings),
        passwords=Passwords(settings),
        second_factors=SecondFactors(database, keyring, outbox),
        challenges=Challenges(database, keyring, settings),
        outbox=outbox,
    )
    providers = Providers(app, queues, settings)
    return Services(
        settings=settings,
        engine=database,
        order_state=order_state,
        desk=desk,
        queues=queues,
        broker=broker,
        keyring=keyring,
        sessions=parts.sessions,
        api_keys=parts.api_keys,
        second_factors=parts.second_factors,
        outbox=outbox,
        accounts=Accounts(desk, parts),
        verification=Verification(parts),
        credentials=Credentials(parts),
        proofs=Proofs(parts),
        providers=providers,
        arrivals=Arrivals(queues),
        oauth=OAuthAccounts(desk, parts, providers),
    )
