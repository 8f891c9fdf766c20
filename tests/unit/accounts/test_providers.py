"""The table of providers, as the settings make it."""

from typing import Any

import pytest
from pydantic import ValidationError

from accounts.providers import configured_providers
from runtime.identity_settings import OAuthProvider
from runtime.settings import Settings

ACME = {"issuer": "https://id.acme.example", "client_id": "the desk"}


def table(**settings: Any) -> dict[str, OAuthProvider]:
    """The table of a deployment with these settings."""
    return configured_providers(Settings(_env_file=None, **settings))


def test_nothing_is_offered_that_is_not_configured() -> None:
    assert table() == {}


def test_google_and_github_want_a_client_and_nothing_else() -> None:
    made = table(google_client_id="g", google_client_secret="gs", github_client_id="h")

    assert list(made) == ["google", "github"]
    google, github = made["google"], made["github"]
    assert (google.label, google.issuer) == ("Google", "https://accounts.google.com")
    assert google.scope == "openid email"
    assert google.client_secret.get_secret_value() == "gs"
    assert (github.label, github.client_id) == ("GitHub", "h")
    assert github.token_url == "https://github.com/login/oauth/access_token"
    assert github.api_url == "https://api.github.com"


def test_a_new_provider_is_settings_alone() -> None:
    made = table(oauth_providers={"acme": ACME, "other": ACME | {"label": "The Other"}})

    assert [(name, provider.label) for name, provider in made.items()] == [
        ("acme", "Acme"),
        ("other", "The Other"),
    ]


def test_what_the_settings_say_of_a_built_in_one_replaces_that_and_leaves_the_rest() -> None:
    enterprise = {"api_url": "https://git.acme.example/api/v3", "label": "Acme Git"}

    github = table(github_client_id="h", oauth_providers={"github": enterprise})["github"]

    assert (github.label, github.api_url, github.client_id) == (
        "Acme Git",
        "https://git.acme.example/api/v3",
        "h",
    )
    assert github.scope == "read:user user:email"


@pytest.mark.parametrize(
    "providers",
    [
        {"status": ACME},
        {"link": ACME},
        {"password": ACME},
        {"Acme": ACME},
        {"a/b": ACME},
        {"": ACME},
        {"acme": {"issuer": "https://id.acme.example"}},
        {"acme": {"client_id": "the desk"}},
        {"acme": ACME | {"issuer": "http://id.acme.example"}},
        {"acme": ACME | {"issuer": "javascript:alert(1)"}},
        {"acme": ACME | {"scope": "email"}},
        {"acme": ACME | {"nonsense": "x"}},
        {"google": {"scope": "email"}},
    ],
)
def test_a_provider_that_could_not_work_or_be_trusted_stops_the_start(providers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        table(oauth_providers=providers)


@pytest.mark.parametrize(
    "url", ["desk.example.com", "https://desk.example.com/path", "https://a@b", "ftp://x"]
)
def test_a_public_url_that_is_no_origin_stops_the_start(url: str) -> None:
    with pytest.raises(ValidationError):
        table(public_url=url)


@pytest.mark.parametrize(
    ("public_url", "page_url"),
    [
        ("https://desk.example.com/", "https://desk.example.com"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("", "http://127.0.0.1:5000"),
    ],
)
def test_the_page_is_where_the_settings_say(public_url: str, page_url: str) -> None:
    assert Settings(_env_file=None, public_url=public_url).page_url == page_url
