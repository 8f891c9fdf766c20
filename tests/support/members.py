"""People on a desk that sends mail: they sign up, prove their mailbox, sign in."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import PASSWORD, Api, body_of
from tests.support.post import Post


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
