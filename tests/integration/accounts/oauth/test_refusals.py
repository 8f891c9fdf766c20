"""What must not let anybody in: a state, a code, a token or an address that isn't theirs."""

import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from tests.support.api import API, body_of, problem_of
from tests.support.oidc.browser import Browser, location_of, page_of
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import (
    STRANGE_KEY,
    Claims,
    OpenIdHost,
    Sign,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.support.threads import together

MISMATCH = {"error": "state_mismatch"}
FAILED = {"error": "provider_failed"}
UNVERIFIED = {"error": "email_unverified"}


@pytest.fixture
def alice(app: Flask, google: OpenIdHost) -> Browser:
    """The browser of somebody with an account at the provider."""
    google.knows("alice", "alice@example.com")
    return Browser(app, "alice")


@pytest.fixture
def mallory(app: Flask, google: OpenIdHost) -> Browser:
    """The browser of somebody else, with an account there too."""
    google.knows("mallory", "mallory@example.com")
    return Browser(app, "mallory")


def test_a_state_is_good_in_the_browser_that_began_it_and_once(alice: Browser, mallory: Browser) -> None:
    callback = alice.comes_from(alice.goes_to("google"))

    assert mallory.comes_back(callback) == MISMATCH
    assert alice.comes_back(callback).keys() == {"code"}
    assert alice.comes_back(callback) == MISMATCH


def test_a_browser_that_has_begun_its_own_can_not_use_anothers_state(
    alice: Browser, mallory: Browser
) -> None:
    mallory.goes_to("google")

    assert mallory.comes_back(alice.comes_from(alice.goes_to("google"))) == MISMATCH


def test_a_callback_asked_for_twice_at_once_comes_in_once(
    app: Flask, alice: Browser, google: OpenIdHost
) -> None:
    callback = alice.comes_from(alice.goes_to("google"))
    cookie = alice.client.get_cookie("cfdesk_auth", path=f"{API}/auth")
    assert cookie is not None
    told: list[dict[str, str]] = []

    def comes_back() -> None:
        headers = {"Cookie": f"cfdesk_auth={cookie.value}"}
        told.append(page_of(app.test_client(use_cookies=False).get(callback, headers=headers)))

    together([comes_back] * 4)

    assert sorted(tuple(page) for page in told) == [("code",), ("error",), ("error",), ("error",)]
    assert google.asked.count("/token") == 1


def test_somebody_elses_callback_signs_nobody_in_to_their_account(alice: Browser, mallory: Browser) -> None:
    """Login CSRF: the victim would go on in the attacker's account."""
    callback = mallory.comes_from(mallory.goes_to("google"))
    alice.goes_to("google")

    assert alice.comes_back(callback) == MISMATCH


def test_a_state_of_one_provider_is_none_of_anothers(alice: Browser, acme: OpenIdHost) -> None:
    """A mix-up: a bad provider would be given the code of a good one."""
    alice.goes_to("acme")
    callback = alice.comes_from(alice.goes_to("google"))

    assert alice.comes_back(callback.replace("/google/", "/acme/")) == MISMATCH
    assert "/token" not in acme.asked


def test_a_provider_that_names_itself_must_be_the_one_asked(alice: Browser, google: OpenIdHost) -> None:
    named = alice.comes_from(alice.goes_to("google"))

    assert alice.comes_back(f"{named}&iss=https://other.example") == MISMATCH
    again = alice.comes_from(alice.goes_to("google"))
    assert alice.comes_back(f"{again}&{urlencode({'iss': google.url})}").keys() == {"code"}


@pytest.mark.parametrize("checks_pkce", [True, False])
def test_a_swapped_code_is_refused(
    alice: Browser, mallory: Browser, google: OpenIdHost, checks_pkce: bool
) -> None:
    """By PKCE, and by the nonce where a provider knows nothing of that."""
    google.checks_pkce = checks_pkce
    stolen = query_of(alice.comes_from(alice.goes_to("google")))["code"]
    own = query_of(mallory.goes_to("google"))["state"]

    told = mallory.comes_back(callback_with(code=stolen, state=own))

    assert told == FAILED
    assert "/token" in google.asked


SPOILT: dict[str, Callable[[Claims], object]] = {
    "no nonce": lambda claims: claims.pop("nonce"),
    "empty nonce": lambda claims: claims.update(nonce=""),
    "another nonce": lambda claims: claims.update(nonce="another"),
    "no audience": lambda claims: claims.pop("aud"),
    "another audience": lambda claims: claims.update(aud="another client"),
    "others' audience": lambda claims: claims.update(aud=["one", "two"]),
    "no issuer": lambda claims: claims.pop("iss"),
    "another issuer": lambda claims: claims.update(iss="https://accounts.google.com"),
    "no end": lambda claims: claims.pop("exp"),
    "ended": lambda claims: claims.update(exp=int(time.time()) - 600),
    "of the future": lambda claims: claims.update(nbf=int(time.time()) + 600),
    "no subject": lambda claims: claims.pop("sub"),
    "empty subject": lambda claims: claims.update(sub=""),
    "number for a subject": lambda claims: claims.update(sub=7),
    "long subject": lambda claims: claims.update(sub="7" * 300),
    "list of addresses": lambda claims: claims.update(email=["alice@example.com"], email_verified=True),
    "no address at all": lambda claims: claims.update(email="nobody", email_verified=True),
    "authorized another": lambda claims: claims.update(aud=["the desk", "other"], azp="other"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_an_id_token_that_says_it_wrongly_is_refused(
    alice: Browser, google: OpenIdHost, database: sa.Engine, what: str
) -> None:
    google.spoil = SPOILT[what]

    told = alice.signs_in_through("google")

    assert told in (FAILED, UNVERIFIED) if what == "list of addresses" else told == FAILED
    assert nobody(database)


SIGNED_WRONGLY: dict[str, Sign] = {
    "not signed": unsigned,
    "hmac of the public key": signed_with_public_key,
    "another's key": lambda claims: signed(claims, key=STRANGE_KEY),
    "no token": lambda _claims: "",
    "garbage": lambda _claims: "a.b.c",
    "number": lambda _claims: cast(str, 7),
    "signature cut": lambda claims: signed(claims)[:-8],
}


@pytest.mark.parametrize("what", SIGNED_WRONGLY)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(
    alice: Browser, google: OpenIdHost, database: sa.Engine, what: str
) -> None:
    google.sign = SIGNED_WRONGLY[what]

    assert alice.signs_in_through("google") == FAILED
    assert nobody(database)


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes", "TRUE", []])
def test_an_address_that_the_provider_has_not_seen_proven_is_refused(
    alice: Browser, google: OpenIdHost, database: sa.Engine, verified: Any
) -> None:
    google.spoil = lambda claims: claims.update(email_verified=verified)

    assert alice.signs_in_through("google") == UNVERIFIED
    assert nobody(database)


@pytest.mark.parametrize("gone", ["email", "email_verified"])
def test_no_address_is_no_way_in(alice: Browser, google: OpenIdHost, database: sa.Engine, gone: str) -> None:
    google.spoil = lambda claims: claims.pop(gone)

    assert alice.signs_in_through("google") == UNVERIFIED
    assert nobody(database)


def test_github_counts_by_its_verified_primary_address_only(
    app: Flask, github: GitHubHost, database: sa.Engine
) -> None:
    github.knows("alice", "alice@example.com", verified=False)
    github.other_emails = [{"email": "victim@example.com", "primary": False, "verified": True}]

    assert Browser(app, "alice").signs_in_through("github") == UNVERIFIED
    assert nobody(database)


def test_a_code_is_good_once_and_in_its_browser(alice: Browser, mallory: Browser) -> None:
    code = alice.signs_in_through("google")["code"]

    answers = [alice.exchanges(code), alice.exchanges(code)]

    assert answers[0].status_code == 200
    assert problem_of(answers[1]) == (401, "sign_in_expired")
    handed_over = alice.signs_in_through("google")["code"]
    mallory.signs_in_through("google")
    assert problem_of(mallory.exchanges(handed_over)) == (401, "sign_in_expired")
    # Shown by another browser, it is burnt.
    assert problem_of(alice.exchanges(handed_over)) == (401, "sign_in_expired")


def test_codes_shown_at_once_sign_in_once(app: Flask, alice: Browser) -> None:
    code = alice.signs_in_through("google")["code"]
    cookie = alice.client.get_cookie("cfdesk_auth", path=f"{API}/auth")
    assert cookie is not None
    statuses: list[int] = []

    def exchanges() -> None:
        answer = app.test_client(use_cookies=False).post(
            f"{API}/auth/exchange", json={"code": code}, headers={"Cookie": f"cfdesk_auth={cookie.value}"}
        )
        statuses.append(answer.status_code)

    together([exchanges] * 4)

    assert sorted(statuses) == [200, 401, 401, 401]


def test_states_and_codes_live_shortly_and_lie_nowhere_in_clear(alice: Browser, queues: redis.Redis) -> None:
    state = query_of(url := alice.goes_to("google"))["state"]
    assert 590 < max(ttls(queues, "identity:state:*")) <= 600
    code = alice.comes_back(alice.comes_from(url))["code"]

    assert ttls(queues, "identity:state:*") == []
    (ttl,) = ttls(queues, "identity:arrival:*")
    assert 50 < ttl <= 60
    kept = b"".join(
        key + cast(bytes, queues.get(key)) for key in cast(Any, queues.scan_iter("identity:arr*"))
    )
    assert code.encode() not in kept
    assert state.encode() not in kept


@pytest.mark.parametrize("code", ["", "x", "a" * 128, "\0", "identity:arrival:x"])
def test_what_is_no_code_is_refused(alice: Browser, code: str) -> None:
    assert alice.exchanges(code).status_code in {400, 401}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=",
        "code=x",
        "state=x",
        "state=x&code=y",
        "error=access_denied",
        "state=%00&code=%00",
        "state[]=1",
    ],
)
def test_a_callback_that_nobody_was_sent_with_is_refused(alice: Browser, query: str) -> None:
    alice.goes_to("google")

    assert page_of(alice.client.get(f"{API}/auth/google/callback?{query}")) == MISMATCH


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"error": "access_denied"}, {"error": "cancelled"}),
        ({"error": "server_error", "error_description": "<script>"}, FAILED),
        ({}, FAILED),
        ({"code": ""}, FAILED),
        ({"code": "x" * 5000}, FAILED),
        ({"code": "never made"}, FAILED),
    ],
)
def test_what_a_provider_says_instead_of_a_code_ends_at_the_page(
    alice: Browser, said: dict[str, str], told: dict[str, str]
) -> None:
    state = query_of(alice.goes_to("google"))["state"]

    assert alice.comes_back(callback_with(state=state, **said)) == told


def test_nothing_of_a_request_says_where_anybody_is_sent(
    app: Flask, alice: Browser, google: OpenIdHost
) -> None:
    evil = "https://evil.example"
    query = urlencode(dict.fromkeys(("next", "redirect_uri", "url", "return_to", "client_id", "scope"), evil))
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": evil, "Origin": evil}

    begun = alice.client.get(f"{API}/auth/google?{query}")
    elsewhere = app.test_client().get(f"{API}/auth/google", headers=headers)

    for url in (location_of(begun), location_of(elsewhere)):
        assert url.startswith(f"{google.url}/authorize?")
        assert query_of(url)["redirect_uri"] == "http://localhost/api/v2/auth/google/callback"
        assert "evil" not in url
    callback = f"{alice.comes_from(location_of(begun))}&{query}"
    assert page_of(alice.client.get(callback)).keys() == {"code"}
    for path in ("//evil.example", "/%5Cevil.example", "/https:%2F%2Fevil.example", "/..%2F..%2Fevil"):
        answer = alice.client.get(f"{API}/auth{path}")
        assert (
            "Location" not in answer.headers
            or "evil" not in answer.headers["Location"].partition("?")[0][:12]
        )
        assert answer.status_code in {308, 404}


def test_many_begun_flows_do_not_fill_the_cookie(alice: Browser) -> None:
    urls = [alice.goes_to("google") for _ in range(20)]

    cookie = alice.client.get_cookie("cfdesk_auth", path=f"{API}/auth")
    assert cookie is not None
    assert len(cookie.value) < 1500
    assert alice.comes_back(alice.comes_from(urls[0])) == MISMATCH
    assert alice.comes_back(alice.comes_from(urls[-1])).keys() == {"code"}


def test_nothing_secret_is_logged(
    alice: Browser, google: OpenIdHost, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    tokens: list[str] = []

    def sign(claims: Claims) -> str:
        tokens.append(signed(claims))
        return tokens[-1]

    google.sign = sign
    sent = query_of(url := alice.goes_to("google"))
    came = query_of(callback := alice.comes_from(url))
    code = alice.comes_back(callback)["code"]
    said = body_of(alice.exchanges(code))
    google.spoil = lambda claims: claims.pop("nonce")
    alice.signs_in_through("google")

    logged = caplog.text + "".join(capfd.readouterr())
    secrets = [
        sent["state"],
        sent["nonce"],
        came["code"],
        code,
        said["token"],
        *tokens,
        "what the desk shows",
    ]
    assert [secret for secret in secrets if secret in logged] == []
    assert "provider_failed" in logged or "a provider failed" in logged


def query_of(url: str) -> dict[str, str]:
    """The query of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def callback_with(**query: str) -> str:
    """Where a provider would send somebody with that."""
    return f"http://localhost{API}/auth/google/callback?{urlencode(query)}"


def ttls(queues: redis.Redis, pattern: str) -> list[int]:
    """How long the keys that match have yet to live, in seconds."""
    return [queues.ttl(key) for key in cast(Any, queues.scan_iter(pattern))]


def nobody(database: sa.Engine) -> bool:
    """Whether there is no account and no link."""
    with database.connect() as connection:
        return not connection.scalar(sa.text("select count(*) from users"))
