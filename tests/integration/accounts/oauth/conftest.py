"""The web application, and providers to sign in through."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from tests.support.oidc.browser import PAGE
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.host import CLIENT_ID, CLIENT_SECRET, Host
from tests.support.oidc.openid import OpenIdHost
from tests.support.services import Services
from tests.support.settings import make_settings

API = "/api/v2"


@pytest.fixture
def google() -> Iterator[OpenIdHost]:
    """What Google is in these tests."""
    with OpenIdHost() as host:
        yield registered(host, "google")


@pytest.fixture
def acme() -> Iterator[OpenIdHost]:
    """An OpenID provider that the settings alone know."""
    with OpenIdHost() as host:
        yield registered(host, "acme")


@pytest.fixture
def github() -> Iterator[GitHubHost]:
    """What GitHub is in these tests."""
    with GitHubHost() as host:
        yield registered(host, "github")


def registered(host: Any, name: str) -> Any:
    """The provider, which knows the desk by that name and sends browsers back to nowhere else."""
    assert isinstance(host, Host)
    host.client.redirect_uris.append(f"{PAGE}{API}/auth/{name}/callback")
    return host


@pytest.fixture
def provider_settings(google: OpenIdHost, acme: OpenIdHost, github: GitHubHost) -> dict[str, Any]:
    """The settings of a desk that offers all three."""
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {
        "public_url": PAGE,
        "google_client_id": CLIENT_ID,
        "google_client_secret": CLIENT_SECRET,
        "oauth_providers": {
            "google": {"issuer": google.url},
            "acme": {"label": "Acme", "issuer": acme.url} | client,
            "github": {
                "authorize_url": github.url + github.authorize_path,
                "token_url": github.url + github.token_path,
                "api_url": f"{github.url}/api",
            }
            | client,
        },
    }


@pytest.fixture
def app(
    services: Services,
    order_state: redis.Redis,
    queues: redis.Redis,
    database: sa.Engine,
    provider_settings: dict[str, Any],
) -> Flask:
    """The app, on empty servers, with the providers."""
    return create_app(make_settings(services, **provider_settings))
