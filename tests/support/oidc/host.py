"""An OAuth 2 provider: Authlib's authorization server with PKCE, served over HTTP; it fails when told to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Request, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT_ID = "the desk"
CLIENT_SECRET = "what the desk shows: +&%"
# Who sits at the browser that comes to the provider.
PERSON_HEADER = "X-Person"
_STUCK_S = 20


@dataclass
class Person:
    """Somebody with an account at the provider."""

    subject: str
    email: str
    verified: bool = True


@dataclass
class Client(ClientMixin):
    """The desk, as it is registered there."""

    redirect_uris: list[str] = field(default_factory=list)
    auth_methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.auth_methods

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code on its way to the desk."""

    code: str
    redirect_uri: str
    scope: str
    person: Person
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce


class Challenge(CodeChallenge):
    """PKCE, which a provider may also not know."""

    def __init__(self, host: "Host") -> None:
        super().__init__(required=True)
        self._host = host

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        if self._host.checks_pkce:
            super().validate_code_verifier(grant, result)


class Quiet(WSGIRequestHandler):
    """Says nothing of what it serves."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class Host:
    """A running provider; `with` stops it. people: who has an account, by the name they come with."""

    authorize_path = "/authorize"
    token_path = "/token"

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.client = Client()
        self.checks_pkce = True
        # Answers instead of the real ones, by path.
        self.faults: dict[str, Callable[[], Response]] = {}
        # The requests that came, by path.
        self.asked: list[str] = []
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Person] = {}
        self._released = threading.Event()
        self.app = Flask("provider")
        self.app.before_request(self._fail)
        self._server = AuthorizationServer(self.app, lambda _id: self.client, self._save_token)
        self._server.register_grant(self._grant(), [Challenge(self), *self.extensions()])
        self.app.add_url_rule(self.authorize_path, "authorize", self._authorize)
        self.app.add_url_rule(self.token_path, "token", self._server.create_token_response, methods=["POST"])
        self._http = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def extensions(self) -> list[Any]:
        """What it does besides OAuth 2."""
        return []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def knows(self, name: str, email: str, *, subject: str | None = None, verified: bool = True) -> Person:
        """Gives somebody an account."""
        person = self.people[name] = Person(subject or f"{len(self.people) + 1001}", email, verified)
        return person

    def stuck(self) -> Response:
        """A fault: no answer, until the provider ends."""
        self._released.wait(_STUCK_S)
        return Response(status=500)

    def owner_of(self, incoming: Request) -> Person | None:
        """Whose access token the request bears."""
        return self._tokens.get(incoming.headers.get("Authorization", "").removeprefix("Bearer "))

    def _fail(self) -> Response | None:
        self.asked.append(request.path)
        fault = self.faults.get(request.path)
        return fault() if fault else None

    def _authorize(self) -> Any:
        person = self.people.get(request.headers.get(PERSON_HEADER, ""))
        grant = self._server.get_consent_grant(end_user=person)
        return self._server.create_authorization_response(grant_user=person, grant=grant)

    def _save_token(self, token: dict[str, Any], made_for: Any) -> None:
        self._tokens[token["access_token"]] = made_for.user

    def _grant(self) -> type[AuthorizationCodeGrant]:
        codes = self._codes

        class Grant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

            def save_authorization_code(self, code: str, request: Any) -> None:
                asked = request.payload.data
                codes[code] = Code(
                    code=code,
                    redirect_uri=asked["redirect_uri"],
                    scope=asked["scope"],
                    person=request.user,
                    nonce=asked.get("nonce"),
                    code_challenge=asked.get("code_challenge"),
                    code_challenge_method=asked.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Any) -> Code | None:
                return codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                del codes[authorization_code.code]

            def authenticate_user(self, authorization_code: Code) -> Person:
                return authorization_code.person

        return Grant
