"""The table of providers that sign people in: what is built in, and what the settings say of them.

Google is found by its discovery document, as is any provider that OAUTH_PROVIDERS names. GitHub is OAuth 2
without OpenID: its API says who somebody is.
"""

from runtime.identity_settings import OAuthProvider
from runtime.settings import Settings

GOOGLE = "google"
GITHUB = "github"

BUILT_IN: dict[str, OAuthProvider] = {
    GOOGLE: OAuthProvider(label="Google", issuer="https://accounts.google.com"),
    GITHUB: OAuthProvider(
        label="GitHub",
        scope="read:user user:email",
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",  # noqa: S106 - an address
        api_url="https://api.github.com",
    ),
}


def configured_providers(settings: Settings) -> dict[str, OAuthProvider]:
    """What this deployment offers, by name: providers with a client of ours."""
    clients = {
        GOOGLE: {"client_id": settings.google_client_id, "client_secret": settings.google_client_secret},
        GITHUB: {"client_id": settings.github_client_id, "client_secret": settings.github_client_secret},
    }
    table = {name: provider.model_copy(update=clients[name]) for name, provider in BUILT_IN.items()}
    for name, given in settings.oauth_providers.items():
        said = {field: getattr(given, field) for field in given.model_fields_set}
        table[name] = table[name].model_copy(update=said) if name in table else given
    return {
        name: provider if provider.label else provider.model_copy(update={"label": name.title()})
        for name, provider in table.items()
        if provider.client_id
    }
