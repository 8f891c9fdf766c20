"""Access tokens name their account until they end; nothing else does."""

from uuid import uuid4

import pytest

from accounts.keyring import Keyring, WeakSecret
from accounts.tokens import Bearer, jwt_config, read_access_token
from runtime.settings import Settings
from tests.support.settings import JWT_SECRET
from tests.support.tokens import OTHER_SECRET, bad_tokens, kid_of, make_token

SETTINGS = Settings(_env_file=None, jwt_secret=JWT_SECRET)
TRADER, SESSION = str(uuid4()), str(uuid4())
# Only whoever knows the sessions can tell.
LOOKED_UP = {"of an unknown session", "of another's session"}


def test_a_token_of_ours_names_its_account_its_session_and_its_end() -> None:
    token = make_token(TRADER, sid=SESSION, exp=4_000_000_000)

    assert read_access_token(token, Keyring(SETTINGS), SETTINGS) == Bearer(TRADER, SESSION, 4_000_000_000)


@pytest.mark.parametrize("what", sorted(bad_tokens(TRADER, SESSION).keys() - LOOKED_UP))
def test_what_is_no_access_token_of_ours_names_nobody(what: str) -> None:
    assert read_access_token(bad_tokens(TRADER, SESSION)[what], Keyring(SETTINGS), SETTINGS) is None


def test_what_a_former_secret_has_signed_is_good_until_the_secret_is_dropped() -> None:
    token = make_token(TRADER, sid=SESSION, secret=OTHER_SECRET, headers={"kid": kid_of(OTHER_SECRET)})
    changed = Settings(_env_file=None, jwt_secret=JWT_SECRET, jwt_secrets_former=OTHER_SECRET)

    assert read_access_token(token, Keyring(changed), changed) is not None
    assert read_access_token(token, Keyring(SETTINGS), SETTINGS) is None


@pytest.mark.parametrize("secret", ["", "x" * 31])
def test_a_secret_too_short_to_sign_with_stops_the_start(secret: str) -> None:
    with pytest.raises(WeakSecret, match="32 bytes"):
        Keyring(Settings(_env_file=None, jwt_secret=secret))


def test_algorithm_issuer_audience_and_life_are_pinned() -> None:
    config = jwt_config(Settings(_env_file=None, jwt_secret="x" * 32, access_token_minutes=15))

    assert config["JWT_DECODE_ALGORITHMS"] == ["HS256"]
    assert config["JWT_DECODE_ISSUER"] == config["JWT_ENCODE_ISSUER"] == "cfdesk"
    assert config["JWT_DECODE_AUDIENCE"] == config["JWT_ENCODE_AUDIENCE"] == "cfdesk-api"
    assert config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds() == 900
    assert config["JWT_COOKIE_SAMESITE"] == "Strict"
    assert config["JWT_COOKIE_CSRF_PROTECT"] is True
