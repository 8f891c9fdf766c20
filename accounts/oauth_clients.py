"""Talking to providers: Authlib does the protocol, and what comes back is an Identity or a refusal.

Authlib binds the state to the browser (Flask's session), checks PKCE's part of ours, and the ID token's
signature, algorithm, issuer, audience, nonce and times.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import redis
import requests
import urllib3
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from email_validator import EmailNotValidError, validate_email
from flask import Flask, session
from joserfc.errors import JoseError
from requests.exceptions import RequestException

from accounts.errors import OAuthProblem, OAuthRefused
from accounts.providers import GITHUB, configured_providers
from runtime.identity_settings import OAuthProvider, is_safe_url
from runtime.logs import get_logger
from runtime.settings import Settings

log = get_logger(__name__)

STATE_S = 600
# Flows that one browser may have begun and not finished.
STATES_MAX = 5
ANSWER_BYTES_MAX = 262_144
_CHUNK_BYTES = 16_384
# How long a provider's discovery document and keys are believed.
_METADATA_S = 3600
_LEEWAY_S = 60
_SUBJECT_CHARS_MAX = 255
_CODE_CHARS_MAX = 4096
# Signed with a key that only the provider has: not `none`, and not HMAC with what we have.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# What of a discovery document is used. Authlib would pass all of it to its session, `verify` included.
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider says somebody is. The e-mail, in lower case, is one it has seen proven."""

    provider: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody back from a provider. kept: what was to be remembered when they went."""

    identity: Identity
    kept: dict[str, str]


class OnceCache:
    """Authlib's cache of states, in Redis: each can be read once, however many ask at once."""

    def __init__(self, queues: redis.Redis) -> None:
        self._queues = queues

    def get(self, key: str) -> bytes | None:
        """What was kept, and is no more."""
        return cast(bytes | None, self._queues.getdel(_state_key(key)))

    def set(self, key: str, value: str, expires_in: int) -> None:
        """Keeps it for so many seconds."""
        self._queues.set(_state_key(key), value, ex=expires_in)

    def delete(self, key: str) -> None:
        """Keeps it no longer."""
        self._queues.delete(_state_key(key))


class BoundedSession(OAuth2Session):
    """HTTP to a provider: follows no redirect, and reads so much in so long a time only."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """One request and its answer. Raises requests.RequestException."""
        deadline = time.monotonic() + self.default_timeout
        response = super().send(request, **options | {"stream": True, "allow_redirects": False})
        body = bytearray()
        with response:
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise RequestException("the answer is too long")
                if time.monotonic() > deadline:
                    raise RequestException("the answer takes too long")
        response._content = bytes(body)
        return cast(requests.Response, response)


class BrowserStates(FlaskIntegration):
    """The states of one browser: few, and not for long."""

    expires_in = STATE_S

    def set_state_data(self, session: dict[str, Any], state: str, data: dict[str, Any]) -> None:
        """Keeps what the state stands for, and forgets the oldest states rather than fill the cookie."""
        states = {name: value["exp"] for name, value in session.items() if name.startswith("_state_")}
        oldest_first = sorted(states, key=lambda name: states[name])
        for name in oldest_first[: max(0, len(states) - STATES_MAX + 1)]:
            del session[name]
        super().set_state_data(session, state, data)
        # Whole seconds: what reads the cookie takes fractions for decimals, which the next cookie can't hold.
        session[f"_state_{self.name}_{state}"]["exp"] = int(time.time()) + STATE_S


class BrowserOAuth(OAuth):
    """Authlib's table of clients, with our states."""

    framework_integration_cls = BrowserStates


class ProviderClient(FlaskOAuth2App):
    """One provider."""

    client_cls = BoundedSession

    def begin(self, redirect_uri: str, **kept: str) -> str:
        """Where to send the browser; `kept` comes back with it. Raises OAuthRefused."""
        with self._guarded():
            asked = self.create_authorization_url(redirect_uri)
        url = str(asked.pop("url"))
        self.save_authorize_data(redirect_uri=redirect_uri, kept=kept, **asked)
        return url

    def finish(self, args: Mapping[str, str]) -> Return:
        """Whom the provider has sent back with these arguments of the redirect. Raises OAuthRefused."""
        state = args.get("state", "")
        data = self.framework.get_state_data(session, state)
        if data is None:
            # Of another browser, it stays good there.
            raise OAuthRefused(OAuthProblem.STATE_MISMATCH)
        self.framework.clear_state_data(session, state)
        if error := args.get("error"):
            log.info("a provider says no", provider=self.name, error=error[:64])
            cancelled = error == "access_denied"
            raise OAuthRefused(OAuthProblem.CANCELLED if cancelled else OAuthProblem.PROVIDER_FAILED)
        self._check_issuer(args)
        code = args.get("code", "")
        if not 0 < len(code) <= _CODE_CHARS_MAX:
            raise OAuthRefused(OAuthProblem.PROVIDER_FAILED)
        with self._guarded():
            token = self.fetch_access_token(
                code=code, redirect_uri=data["redirect_uri"], code_verifier=data["code_verifier"]
            )
            identity = self.identify(token, data)
        return Return(identity, data["kept"])

    def identify(self, token: dict[str, Any], data: dict[str, Any]) -> Identity:
        """Whom the tokens are of."""
        raise NotImplementedError

    def forget(self) -> None:
        """Something of the provider's was wrong: nothing that it said is kept."""

    def _check_issuer(self, args: Mapping[str, str]) -> None:
        """RFC 9207: a provider that names itself in the redirect must be the one that was asked."""

    def _identity(self, subject: object, email: object, *, verified: bool) -> Identity:
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARS_MAX or "\0" in subject:
            raise ValueError("no subject")
        if not isinstance(email, str) or not verified:
            raise OAuthRefused(OAuthProblem.EMAIL_UNVERIFIED)
        try:
            plain = validate_email(email, check_deliverability=False).normalized.lower()
        except EmailNotValidError as error:
            raise ValueError("no e-mail address") from error
        return Identity(self.name, subject, plain)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Whatever a provider answers, or doesn't, is a refusal, told the log in a word."""
        try:
            yield
        except OAuthRefused:
            raise
        except (
            AuthlibBaseError,
            JoseError,
            OSError,
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            # An answer that isn't shaped as the protocol has it.
            *(AttributeError, KeyError, RuntimeError, TypeError, ValueError),
        ) as error:
            # Not its text, which may have a code or a token in it.
            said = str(getattr(error, "error", ""))[:64]
            log.warning("a provider failed", provider=self.name, error=type(error).__name__, said=said)
            self.forget()
            raise OAuthRefused(OAuthProblem.PROVIDER_FAILED) from error


class OpenIDClient(ProviderClient):
    """A provider with OpenID Connect's discovery."""

    issuer: str
    server_metadata: dict[str, Any]

    def __init__(self, *args: Any, issuer: str, **options: Any) -> None:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        super().__init__(*args, server_metadata_url=url, **options)
        self.issuer = issuer

    def load_server_metadata(self) -> dict[str, Any]:
        """What of the discovery document is used, read anew now and then: keys change."""
        if time.time() - self.server_metadata.get("_loaded_at", 0) < _METADATA_S:
            return self.server_metadata
        with self._get_session() as http:
            answer = http.request("GET", self._server_metadata_url, withhold_token=True)
        answer.raise_for_status()
        said = answer.json()
        if said["issuer"] != self.issuer:
            raise ValueError("the discovery document is of another issuer")
        endpoints = {name: said[name] for name in _ENDPOINTS}
        if not all(isinstance(url, str) and is_safe_url(url) for url in endpoints.values()):
            raise ValueError("an endpoint is not https")
        offered = said.get("id_token_signing_alg_values_supported", ["RS256"])
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        self.client_kwargs["token_endpoint_auth_method"] = _auth_method(ways, secret=bool(self.client_secret))
        # Replaced as a whole: others may be reading.
        self.server_metadata = endpoints | {
            "issuer": self.issuer,
            "id_token_signing_alg_values_supported": [name for name in ALGORITHMS if name in offered],
            "_loaded_at": time.time(),
        }
        return self.server_metadata

    def identify(self, token: dict[str, Any], data: dict[str, Any]) -> Identity:
        """Whom the ID token names."""
        claims = self.parse_id_token(
            token,
            nonce=data["nonce"],
            claims_options={
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": data["nonce"]},
            },
            leeway=_LEEWAY_S,
        )
        if claims is None:
            raise ValueError("no ID token")
        # Some say it as text.
        verified = claims.get("email_verified")
        return self._identity(
            claims["sub"], claims.get("email"), verified=verified is True or verified == "true"
        )

    def forget(self) -> None:
        """The keys may be others by now, or were never any."""
        self.server_metadata = {}

    def _check_issuer(self, args: Mapping[str, str]) -> None:
        if args.get("iss", self.issuer) != self.issuer:
            raise OAuthRefused(OAuthProblem.STATE_MISMATCH)


class GitHubClient(ProviderClient):
    """GitHub: OAuth 2, and an API that says who somebody is and which of their addresses are proven."""

    def identify(self, token: dict[str, Any], data: dict[str, Any]) -> Identity:
        """Whom GitHub's API names for the token: by number, since names can be taken over."""
        number = self._ask("user", token)["id"]
        if type(number) is not int:
            raise ValueError("no number")
        primary = [entry for entry in self._ask("user/emails", token) if entry["primary"] is True]
        if len(primary) != 1:
            raise OAuthRefused(OAuthProblem.EMAIL_UNVERIFIED)
        return self._identity(str(number), primary[0]["email"], verified=primary[0]["verified"] is True)

    def _ask(self, path: str, token: dict[str, Any]) -> Any:
        answer = self.get(path, token=token, headers={"Accept": "application/vnd.github+json"})
        answer.raise_for_status()
        return answer.json()


# Whatever isn't named here speaks OpenID Connect.
CLIENTS: dict[str, type[ProviderClient]] = {GITHUB: GitHubClient}


class Providers:
    """The providers of this deployment, by name."""

    def __init__(self, app: Flask, queues: redis.Redis, settings: Settings) -> None:
        self.table = configured_providers(settings)
        oauth = BrowserOAuth(app, cache=OnceCache(queues))
        self._clients = {
            name: oauth.register(name, **_registration(name, provider, settings))
            for name, provider in self.table.items()
        }

    def label(self, name: str) -> str:
        """What people call the provider, or one that was offered once."""
        return self.table[name].label if name in self.table else name.title()

    def client(self, name: str) -> ProviderClient | None:
        """The provider of that name; None when it isn't offered."""
        return cast(ProviderClient | None, self._clients.get(name))


def _registration(name: str, provider: OAuthProvider, settings: Settings) -> dict[str, Any]:
    client_cls = CLIENTS.get(name, OpenIDClient)
    common = {
        "client_cls": client_cls,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret.get_secret_value(),
        "client_kwargs": {
            "scope": provider.scope,
            "code_challenge_method": "S256",
            "default_timeout": settings.oauth_timeout_s,
        },
    }
    if client_cls is OpenIDClient:
        return common | {"issuer": provider.issuer}
    return common | {
        "authorize_url": provider.authorize_url,
        "access_token_url": provider.token_url,
        "api_base_url": provider.api_url.rstrip("/") + "/",
    }


def _auth_method(offered: list[str], *, secret: bool) -> str:
    if not secret:
        return "none"
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _state_key(key: str) -> str:
    return "identity:state:" + hashlib.sha256(key.encode()).hexdigest()
