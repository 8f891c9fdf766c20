"""Passwords, by argon2id at OWASP's parameters."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from runtime.settings import Settings


class Passwords:
    """Hashes and verifies; verifying for nobody takes as long as for somebody."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash to keep."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; None (no account, or none set) takes as long and is False."""
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(password_hash)
