"""The settings of who is who: identity, mail, sign-in through others, rate limits; a part of Settings."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from runtime.mail_url import CONSOLE, parse_mail_url, parse_sender

JWT_SECRET_BYTES_MIN = 32
# Fewer different ones were typed rather than drawn.
JWT_SECRET_CHARACTERS_MIN = 8

# Comma-separated in the environment.
SecretWords = Annotated[tuple[SecretStr, ...], NoDecode]


# What a path of /auth says already, or a session that a password began.
TAKEN_PROVIDER_NAMES = frozenset({"status", "exchange", "link", "unlink", "password", "key"})
PROVIDER_NAME = "[a-z][a-z0-9-]{0,30}"


class OAuthProvider(BaseModel):
    """An OpenID provider that OAUTH_PROVIDERS names; of `google` and `github` what differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field("", max_length=40)
    # Its discovery document is at ISSUER/.well-known/openid-configuration.
    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scope: str = "openid email"
    # GitHub only, which has no discovery: where a GitHub of one's own is.
    authorize_url: str = ""
    token_url: str = ""
    api_url: str = ""

    @field_validator("issuer", "authorize_url", "token_url", "api_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value and not is_safe_url(value):
            raise ValueError("a provider's addresses must be https")
        return value


def is_safe_url(url: str) -> bool:
    """Whether nobody on the way can read what goes there: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}


class IdentitySettings(BaseSettings):
    """What `runtime.settings.Settings` has of these; never made alone."""

    # --- Identity
    jwt_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; what seals comes from it too. At least 32 bytes; `make run` makes one, in"
        " .data/.",
    )
    jwt_secrets_former: SecretWords = Field(
        (),
        description="Former values of JWT_SECRET, newest first, by comma: what they signed is still good.",
    )
    jwt_issuer: str = Field("cfdesk", description="`iss` of the tokens.")
    jwt_audience: str = Field("cfdesk-api", description="`aud` of the tokens.")
    access_token_minutes: int = Field(15, ge=1, le=1440, description="Life of an access token.")
    session_days: int = Field(30, ge=1, le=365, description="A session not used for so long ends.")
    session_days_max: int = Field(
        180, ge=1, le=730, description="Life of a session, however much it is used."
    )
    sessions_per_account_max: int = Field(50, ge=1, le=1000, description="More end the oldest.")
    refresh_grace_s: int = Field(
        20,
        ge=0,
        le=120,
        description="How long the refresh token before the newest is answered as that one was.",
    )
    session_trust_s: int = Field(
        30,
        ge=1,
        le=300,
        description="How long PostgreSQL's word on a session or key is believed without asking again; an end"
        " is known at once.",
    )
    proof_minutes: int = Field(
        10,
        ge=1,
        le=60,
        description="Who has no password must have signed in so lately to change what guards it.",
    )
    api_keys_per_account_max: int = Field(
        20, ge=1, le=200, description="Keys of programs an account may have."
    )
    code_minutes: int = Field(10, ge=1, le=60, description="Life of a mailed code.")
    code_tries_max: int = Field(5, ge=1, le=10, description="Tries of a code, from wherever.")
    codes_per_hour_max: int = Field(
        5, ge=1, le=60, description="Codes mailed to one address for one purpose."
    )
    public_url: str = Field(
        "",
        description="Where browsers find the page, https://desk.example.com: for mails and providers."
        " Empty: http://127.0.0.1:WEB_PORT.",
    )
    cookies_secure: bool | None = Field(
        None, description="Cookies over https only; unset: when PUBLIC_URL is https."
    )
    password_length_min: int = Field(8, ge=8, le=64, description="Shortest password accepted.")
    argon2_memory_kib: int = Field(19_456, ge=1024, description="argon2id memory, OWASP's m.")
    argon2_passes: int = Field(2, ge=1, le=10, description="argon2id passes, OWASP's t.")

    # --- Mail
    mail_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS), smtps://...:465, smtp+plain://host:25,"
        " which asks for no TLS; ?ca=FILE: who vouches for its certificate. console: (development) shows"
        " mails in the log. Empty: no mail.",
    )
    mail_from: str = Field("cfdesk <no-reply@localhost>", description="Sender of the mails.")
    mail_timeout_s: float = Field(10.0, gt=0, le=60, description="Wait for the mail server.")

    # --- Sign-in through others (https://PUBLIC_URL/api/v2/auth/PROVIDER/callback is their redirect)
    google_client_id: str = Field("", description="OAuth client at Google; empty: not offered.")
    google_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    github_client_id: str = Field("", description="OAuth app at GitHub; empty: not offered.")
    github_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    oauth_providers: dict[str, OAuthProvider] = Field(
        default_factory=dict,
        description='Further OpenID providers, of which each must have its users prove their e-mail: {"acme":'
        ' {"label": "Acme", "issuer": "https://id.acme.example", "client_id": "...", "client_secret":'
        ' "..."}}',
    )
    oauth_timeout_s: float = Field(8.0, gt=0, le=60, description="Wait for a provider.")

    # --- Rate limits (requests/period, Flask-Limiter's words)
    rate_limits_enabled: bool = Field(True, description="Switch off for load tests only.")
    rate_limit_signup: str = Field("20/minute", description="By address.")
    rate_limit_signin: str = Field("10/minute", description="By address.")
    rate_limit_codes: str = Field("10/minute", description="Codes asked for or tried, by address.")
    rate_limit_refresh: str = Field("60/minute", description="By address.")
    rate_limit_account: str = Field("60/minute", description="Changes of one account's identity.")
    rate_limit_address: str = Field("6000/minute", description="Everything, by address.")
    rate_limit_user: str = Field("2400/minute", description="Everything of one account.")
    rate_limit_trade: str = Field("600/minute", description="Orders of one account.")
    rate_limit_reports: str = Field(
        "60/minute", description="Of one account: performance figures, and histories as CSV."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="Proxies in front whose X-Forwarded-For is believed."
    )

    @field_validator("jwt_secrets_former", mode="before")
    @classmethod
    def _split_secrets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(SecretStr(word.strip()) for word in value.split(",") if word.strip())

    @field_validator("mail_url")
    @classmethod
    def _check_mail_url(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_mail_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        parse_sender(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        url = value.rstrip("/")
        if url and not re.fullmatch(r"https?://[^\s/?#@]+", url):
            raise ValueError("PUBLIC_URL must be as https://desk.example.com, without a path")
        return url

    @field_validator("oauth_providers")
    @classmethod
    def _check_providers(cls, value: dict[str, OAuthProvider]) -> dict[str, OAuthProvider]:
        for name, provider in value.items():
            if not re.fullmatch(PROVIDER_NAME, name) or name in TAKEN_PROVIDER_NAMES:
                raise ValueError(f"OAUTH_PROVIDERS: {name!r} can't name a provider")
            if name not in {"google", "github"} and not (provider.issuer and provider.client_id):
                raise ValueError(f"OAUTH_PROVIDERS: {name} needs an issuer and a client_id")
            if name != "github" and "openid" not in provider.scope.split():
                raise ValueError(f"OAUTH_PROVIDERS: the scope of {name} must have openid")
        return value

    def check_production(self) -> None:
        """Refuses what would leave a door open on the internet. Raises ValueError: which, and why."""
        secret = self.jwt_secret.get_secret_value()
        if len(secret.encode()) < JWT_SECRET_BYTES_MIN:
            raise ValueError(f"JWT_SECRET must have at least {JWT_SECRET_BYTES_MIN} bytes in production")
        if len(set(secret)) < JWT_SECRET_CHARACTERS_MIN:
            raise ValueError("JWT_SECRET repeats itself: make one with `openssl rand -hex 32`")
        if not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL must be the page's https:// address: cookies and tokens go there")
        if self.cookies_secure is False:
            raise ValueError("COOKIES_SECURE=false is for development: cookies would go over http as well")
        if self.mail_url.get_secret_value() == CONSOLE:
            raise ValueError("MAIL_URL=console: is for development: it shows codes in the log")
        if not (
            self.mail_configured or self.google_client_id or self.github_client_id or self.oauth_providers
        ):
            raise ValueError(
                "MAIL_URL, or a provider to sign in through, must be set: trading wants a proven e-mail"
            )
        if not self.rate_limits_enabled:
            raise ValueError("RATE_LIMITS_ENABLED=false is for load tests only")

    @property
    def mail_configured(self) -> bool:
        """Whether mailboxes can be asked for proof."""
        return bool(self.mail_url.get_secret_value())
