"""Passwords and codes as they come in requests."""

from typing import Annotated

from pydantic import Field

from accounts.common_passwords import is_common
from blueprints.errors import Rejected
from blueprints.services import services

PASSWORD_LENGTH_MAX = 256

# Compared as it is; a new one has to be strong too.
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
# Six digits, or a recovery code, as people type them.
SecondFactorCode = Annotated[
    str,
    Field(
        pattern=r"^ ?([0-9]{3} ?[0-9]{3}|[0-9A-Za-z]{5}[- ]?[0-9A-Za-z]{5}) ?$",
        description="The authenticator's six digits, or a recovery code",
    ),
]
MailedCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="The mailed six digits")]


def require_strong(password: str) -> None:
    """Refuses what is no password for a new account or instead of an old one."""
    least = services().settings.password_length_min
    if len(password) < least:
        raise Rejected(
            400, "invalid_input", f"The password must have at least {least} characters", field="password"
        )
    if is_common(password):
        raise Rejected(
            400,
            "invalid_input",
            "This is one of the passwords that are tried first: choose another",
            field="password",
        )
