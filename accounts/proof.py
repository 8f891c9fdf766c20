"""Being the owner, shown once more before what guards an account is changed."""

import time

from sqlalchemy.orm import Session

from accounts.audit import Visitor
from accounts.callers import Caller
from accounts.errors import SignInAgain, WrongPassword
from accounts.parts import Parts
from models import User


class Proofs:
    """Asks for the password, or without one for a session that has just begun, and for the second factor."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def prove(
        self,
        caller: Caller,
        password: str | None,
        second_factor: str | None,
        visitor: Visitor,
        *,
        ask_second_factor: bool = True,
    ) -> None:
        """Passes who is the owner.

        Raises WrongPassword, SignInAgain, SecondFactorRequired, WrongSecondFactor, TooManyTries.
        """
        with Session(self._parts.engine) as session:
            password_hash = session.get_one(User, caller.uuid).password_hash
        if password_hash is not None:
            if not self._parts.passwords.verify(password_hash, password or ""):
                raise WrongPassword
        elif time.time() - caller.signed_in_at > self._parts.settings.proof_minutes * 60:
            raise SignInAgain
        if ask_second_factor:
            self._parts.second_factors.require(caller.uuid, second_factor, visitor)
