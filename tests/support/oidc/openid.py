"""An OpenID provider, whose ID tokens tests can spoil."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import orjson
from authlib.oidc.core.grants import OpenIDCode
from flask import Response, jsonify
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.oidc.host import CLIENT_ID, Host

KEY = RSAKey.generate_key(2048, {"kid": "of the tests", "use": "sig"})
# Of nobody; under the name of the other.
STRANGE_KEY = RSAKey.generate_key(2048, {"kid": "of the tests"})

Claims = dict[str, Any]
Sign = Callable[[Claims], str]


def signed(claims: Claims, *, key: RSAKey = KEY) -> str:
    """As an honest provider does it."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def unsigned(claims: Claims) -> str:
    """With the algorithm `none`."""
    return pyjwt.encode(claims, "", algorithm="none")


def signed_with_public_key(claims: Claims) -> str:
    """With HMAC, and what everybody can read as the secret: by hand, as no library does it."""
    header = {"alg": "HS256", "typ": "JWT", "kid": "of the tests"}
    signing = b".".join(
        base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in (header, claims)
    )
    mac = hmac.digest(KEY.as_pem(private=False), signing, hashlib.sha256)
    return (signing + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


class OpenIdHost(Host):
    """A running provider with discovery."""

    def __init__(self) -> None:
        # What happens to the claims, and how they are signed.
        self.spoil: Callable[[Claims], object] = lambda _claims: None
        self.sign: Sign = signed
        self.metadata: dict[str, Any] = {}
        self.keys = [KEY]
        super().__init__()
        self.app.add_url_rule("/.well-known/openid-configuration", "discovery", self._discovery)
        self.app.add_url_rule("/keys", "keys", self._keys)

    def extensions(self) -> list[Any]:
        """OpenID Connect."""
        return [IdTokens(self)]

    def _discovery(self) -> Response:
        said = {
            "issuer": self.url,
            "authorization_endpoint": self.url + self.authorize_path,
            "token_endpoint": self.url + self.token_path,
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return jsonify(said | self.metadata)

    def _keys(self) -> Response:
        return jsonify({"keys": [key.as_dict(private=False) for key in self.keys]})


class IdTokens(OpenIDCode):
    """The ID tokens of one provider."""

    def __init__(self, host: OpenIdHost) -> None:
        super().__init__(require_nonce=True)
        self._host = host

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self._host.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 600,
            "nonce": request.authorization_code.nonce,
            "sub": request.user.subject,
            "email": request.user.email,
            "email_verified": request.user.verified,
        }
        self._host.spoil(claims)
        return self._host.sign(claims)
