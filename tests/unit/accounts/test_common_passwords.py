"""What everybody tries first is no password."""

import pytest

from accounts.common_passwords import is_common
from tests.support.api import PASSWORD


@pytest.mark.parametrize(
    "password",
    ["password", "12345678", "Password1", "QWERTYUIOP", "iloveyou", "Bitcoin2026!", "cf-desk-1"],
)
def test_what_many_have_is_common(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize("password", [PASSWORD, "a long enough password", "Tr0ub4dor&3xyz", ""])
def test_what_few_have_is_not(password: str) -> None:
    assert not is_common(password)
