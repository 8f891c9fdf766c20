"""Access tokens name their account until they end; nothing else does."""

import pytest

from accounts.tokens import Bearer, WeakSecret, jwt_config, read_access_token
from runtime.settings import Settings
from tests.support.settings import JWT_SECRET
from tests.support.tokens import bad_tokens, make_token

SETTINGS = Settings(_env_file=None, jwt_secret=JWT_SECRET)


def test_a_token_of_ours_names_its_account_and_its_end() -> None:
    token = make_token("a trader", exp=4_000_000_000)

    assert read_access_token(token, SETTINGS) == Bearer("a trader", 4_000_000_000)


@pytest.mark.parametrize("what", bad_tokens("a trader"))
def test_what_is_no_access_token_of_ours_names_nobody(what: str) -> None:
    assert read_access_token(bad_tokens("a trader")[what], SETTINGS) is None


@pytest.mark.parametrize("secret", ["", "x" * 31])
def test_a_secret_too_short_to_sign_with_stops_the_start(secret: str) -> None:
    with pytest.raises(WeakSecret, match="32 bytes"):
        jwt_config(Settings(_env_file=None, jwt_secret=secret))


def test_algorithm_issuer_audience_and_life_are_pinned() -> None:
    config = jwt_config(Settings(_env_file=None, jwt_secret="x" * 32, access_token_minutes=15))

    assert config["JWT_DECODE_ALGORITHMS"] == ["HS256"]
    assert config["JWT_DECODE_ISSUER"] == config["JWT_ENCODE_ISSUER"] == "cfdesk"
    assert config["JWT_DECODE_AUDIENCE"] == config["JWT_ENCODE_AUDIENCE"] == "cfdesk-api"
    assert config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds() == 900
