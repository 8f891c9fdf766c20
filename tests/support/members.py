"""People on a desk that sends mail: they sign up, prove their mailbox, sign in, have an authenticator."""

import time
from typing import Any

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import PASSWORD, Api, body_of
from tests.support.post import Post
from tests.support.waiting import eventually

STEP_S = 30
STEP_END_S = 5


class Member(Api):
    """Somebody with a browser of their own and an address."""

    def __init__(self, app: Flask, email: str = "ann@example.com") -> None:
        super().__init__(app)
        self.email = email

    def signs_up_by_mail(self, password: str = PASSWORD) -> TestResponse:
        """Asks for an account."""
        return self.post("/user/signup", {"email": self.email, "password": password})

    def verifies(self, code: str) -> TestResponse:
        """Types a mailed code."""
        return self.post("/user/verify-email", {"email": self.email, "code": code})

    def signs_in(self, password: str = PASSWORD, **more: Any) -> TestResponse:
        """Signs in, and is so from then on if that went well."""
        answer = self.post("/user/signin", {"email": self.email, "password": password} | more)
        if answer.status_code == 200:
            self.token, self.user_id = body_of(answer)["token"], body_of(answer)["userId"]
        return answer

    def joins(self, post: Post, password: str = PASSWORD) -> "Member":
        """Has an account, proven, and is signed in."""
        assert self.signs_up_by_mail(password).status_code == 201
        assert self.verifies(post.code_to(self.email)).status_code == 200
        assert self.signs_in(password).status_code == 200
        return self

    def event_kinds(self) -> list[str]:
        """What happened to the account, newest first."""
        return [event["kind"] for event in body_of(self.get("/user/security-events"))["events"]]


class Guarded(Member):
    """Somebody with an authenticator."""

    secret = ""
    recovery_codes: tuple[str, ...] = ()

    def code(self, steps: int = 0) -> str:
        """What the authenticator shows, so many steps from now."""
        return pyotp.TOTP(self.secret).at(int(time.time()) + steps * STEP_S)

    def is_guarded(self) -> "Guarded":
        """Turns the second factor on, with the code of the step before, so that the present one is unused."""
        begun = body_of(self.post("/user/second-factor", {"password": PASSWORD}))
        self.secret = begun["secret"]
        # Not at a step's very end: by the time it is looked at, that code would be two steps old.
        eventually(lambda: time.time() % STEP_S < STEP_S - STEP_END_S)
        answer = self.post("/user/second-factor/confirm", {"code": self.code(-1)})
        assert answer.status_code == 200, answer.text
        self.recovery_codes = tuple(body_of(answer)["recoveryCodes"])
        return self
