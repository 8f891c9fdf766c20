"""What is signed, sealed or hashed with a secret of the desk: keys from JWT_SECRET and its former values.

The newest secret makes; all of them read, so that a secret can be changed without signing everybody out.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt import InvalidTokenError

from runtime.identity_settings import JWT_SECRET_BYTES_MIN
from runtime.settings import Settings

_DERIVED_BYTES = 32
_KID_DIGITS = 8
# Headers by which a token would bring its own key.
_STRANGE_HEADERS = frozenset({"jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "crit", "zip"})


class WeakSecret(RuntimeError):
    """JWT_SECRET is missing or too short to sign with."""


class NotSealedHere(ValueError):
    """A text that none of the secrets has sealed."""


class Keyring:
    """The secrets, newest first. Raises WeakSecret."""

    def __init__(self, settings: Settings) -> None:
        words = [settings.jwt_secret, *settings.jwt_secrets_former]
        self._secrets = [word.get_secret_value() for word in words]
        if any(len(secret.encode()) < JWT_SECRET_BYTES_MIN for secret in self._secrets):
            raise WeakSecret(
                f"JWT_SECRET must have at least {JWT_SECRET_BYTES_MIN} bytes; `make run` makes one by itself"
            )
        self._by_kid = {_kid(secret): secret for secret in reversed(self._secrets)}

    @property
    def signing_secret(self) -> str:
        """What new tokens are signed with."""
        return self._secrets[0]

    @property
    def kid(self) -> str:
        """Names the signing secret in a token's header."""
        return _kid(self._secrets[0])

    def verifying_secret(self, header: Mapping[str, Any]) -> str:
        """The secret that a token's header names. Raises jwt.InvalidTokenError."""
        if strange := _STRANGE_HEADERS & header.keys():
            raise InvalidTokenError(f"a token may not bring {', '.join(sorted(strange))}")
        kid = header.get("kid")
        if not isinstance(kid, str) or kid not in self._by_kid:
            raise InvalidTokenError("the token names no key of ours")
        return self._by_kid[kid]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, of the newest secret."""
        return _derived(self._secrets[0], purpose)

    def derive_all(self, purpose: str) -> list[bytes]:
        """The same of every secret, newest first."""
        return [_derived(secret, purpose) for secret in self._secrets]

    def mac(self, purpose: str, text: str) -> str:
        """A keyed hash, hex: for what is short enough to be tried."""
        return _mac(self.derive(purpose), text)

    def macs(self, purpose: str, text: str) -> list[str]:
        """The keyed hash by every secret, for looking up what an older one has made."""
        return [_mac(key, text) for key in self.derive_all(purpose)]

    def seal(self, text: str) -> str:
        """The text, encrypted and signed."""
        return self._seals.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises NotSealedHere."""
        try:
            return self._seals.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise NotSealedHere("none of the secrets has sealed this") from error

    def reseal(self, sealed: str) -> str:
        """The same text, sealed with the newest secret. Raises NotSealedHere."""
        return self.seal(self.open(sealed))

    @cached_property
    def _seals(self) -> MultiFernet:
        return MultiFernet([Fernet(_fernet_key(key)) for key in self.derive_all("seal")])


def _kid(secret: str) -> str:
    return hashlib.sha256(f"kid:{secret}".encode()).hexdigest()[:_KID_DIGITS]


def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_DERIVED_BYTES, salt=None, info=purpose.encode()).derive(
        secret.encode()
    )


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _fernet_key(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(key)
