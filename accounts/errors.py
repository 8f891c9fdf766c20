"""What identity refuses."""

from domain.errors import DeskError


class EmailTaken(DeskError):
    """The address already has an account."""

    code = "email_taken"


class WrongCredentials(DeskError):
    """No such account, or not its password: the same to the caller."""

    code = "wrong_credentials"
