"""Mails from templates: each has a pair NAME.txt and NAME.html beside one layout for all."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from runtime.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"

# Every mail, and its subject. A code is in none: they are shown on locked screens, and quoted in errors.
SUBJECTS: dict[str, str] = {
    "verify": "Confirm your e-mail",
    "verify_contested": "Confirm your e-mail",
    "reset": "Your code for a new password",
    "reset_without_password": "Your account has no password to reset",
    "change": "Confirm your new e-mail",
    "taken": "You have an account already",
    "change_taken": "Somebody wanted to use your e-mail",
    "password_changed": "Your password was changed",
    "password_reset": "Your password was reset",
    "email_changed": "Your account's e-mail was changed",
    "second_factor_on": "Your second factor is on",
    "second_factor_off": "Your second factor is off",
    "recovery_code_used": "A recovery code was used",
    "recovery_codes_made": "You have new recovery codes",
    "provider_linked": "A new way to sign in was added",
    "provider_unlinked": "A way to sign in was removed",
    "claimed": "Your account was taken over by its owner",
    "key_made": "A key for programs was made",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words."""

    subject: str
    text: str
    html: str


def render(mail: str, settings: Settings, /, **values: Any) -> Rendered:
    """The mail of that name. Raises jinja2.UndefinedError when one of its values is missing."""
    page = settings.page_url
    subject = SUBJECTS[mail]
    context = values | {"page": page, "subject": subject}
    return Rendered(
        subject=f"{subject} - cfdesk",
        text=_environment().get_template(f"{mail}.txt").render(context).strip() + "\n",
        html=_environment().get_template(f"{mail}.html").render(context),
    )


def moment(at_ms: int) -> str:
    """A time as mails tell it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%-d %B %Y, %H:%M UTC")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
