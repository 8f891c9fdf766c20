"""A browser that goes to a provider and back, for tests."""

from http.client import HTTPConnection
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import API, Api, body_of
from tests.support.oidc.host import PERSON_HEADER

PAGE = "http://localhost"
_LIMIT_S = 20


class Browser(Api):
    """Somebody's browser: with the desk's cookies, and a name by which providers know who sits there."""

    def __init__(self, app: Flask, person: str = "") -> None:
        super().__init__(app)
        self.person = person

    def goes_to(self, provider: str) -> str:
        """Begins to sign in; where the desk sends it."""
        return location_of(self.get(f"/auth/{provider}"))

    def comes_from(self, url: str) -> str:
        """Follows the desk to the provider, agrees there; where the provider sends it."""
        there = urlsplit(url)
        connection = HTTPConnection(there.netloc, timeout=_LIMIT_S)
        try:
            connection.request("GET", f"{there.path}?{there.query}", headers={PERSON_HEADER: self.person})
            answer = connection.getresponse()
            assert answer.status == 302, answer.read()
            return answer.headers["Location"]
        finally:
            connection.close()

    def comes_back(self, url: str) -> dict[str, str]:
        """Follows the provider back to the desk; what the page is told."""
        assert url.startswith(f"{PAGE}{API}/auth/"), url
        return page_of(self.client.get(url))

    def signs_in_through(self, provider: str) -> dict[str, str]:
        """All of it; what the page is told."""
        return self.comes_back(self.comes_from(self.goes_to(provider)))

    def exchanges(self, code: str, second_factor: str | None = None) -> TestResponse:
        """The page asks for tokens."""
        body = {"code": code} | ({"secondFactor": second_factor} if second_factor else {})
        return self.post("/auth/exchange", body)

    def is_in(self, provider: str) -> "Browser":
        """Signs in through the provider, up to having tokens."""
        told = self.signs_in_through(provider)
        assert told.keys() == {"code"}, told
        answer = self.exchanges(told["code"])
        assert answer.status_code == 200, answer.text
        said = body_of(answer)
        self.token, self.user_id, self.email = said["token"], said["userId"], said["email"]
        return self

    def links(self, provider: str) -> dict[str, str]:
        """Links a provider to the account that it is signed in to; what the page is told."""
        answer = self.post(f"/auth/link/{provider}", {})
        assert answer.status_code == 200, answer.text
        return self.comes_back(self.comes_from(body_of(answer)["url"]))


def location_of(answer: TestResponse) -> str:
    """Where an answer sends the browser."""
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def page_of(answer: TestResponse) -> dict[str, str]:
    """What the page is told in its URL; fails when the browser is sent anywhere else."""
    url = urlsplit(location_of(answer))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{PAGE}/auth/callback", url
    assert not url.fragment, url
    return {name: values[0] for name, values in parse_qs(url.query).items()}
