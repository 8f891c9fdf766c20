"""Passwords are kept as hashes that only they open."""

import pytest

from accounts.passwords import Passwords
from runtime.settings import Settings


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    """Hashing that is quick."""
    return Passwords(Settings(_env_file=None, argon2_memory_kib=1024, argon2_passes=1))


def test_a_password_opens_its_own_hash_and_no_other_does(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse")

    assert passwords.verify(kept, "correct horse")
    assert not passwords.verify(kept, "correct horse ")
    assert not passwords.verify(kept, "")


def test_the_same_password_has_another_hash_each_time(passwords: Passwords) -> None:
    assert passwords.hash("correct horse") != passwords.hash("correct horse")


def test_a_hash_is_argon2id_and_does_not_hold_the_password(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse")

    assert kept.startswith("$argon2id$")
    assert "correct" not in kept


@pytest.mark.parametrize("kept", [None, "", "garbage", "$argon2id$v=19$m=1024"])
def test_nobody_and_a_broken_hash_are_opened_by_no_password(passwords: Passwords, kept: str | None) -> None:
    assert not passwords.verify(kept, "nobody has this password")
