"""What identity refuses."""

from domain.errors import DeskError


class EmailTaken(DeskError):
    """The address already has an account."""

    code = "email_taken"


class WrongCredentials(DeskError):
    """No such account, or not its password: the same to the caller."""

    code = "wrong_credentials"


class SessionEnded(DeskError):
    """The session or key of a token has ended, or never was."""

    code = "session_ended"


class TooManyKeys(DeskError):
    """The account has as many keys of programs as it may."""

    code = "too_many_keys"


class SignInAgain(DeskError):
    """What guards an account is changed only by one who has just proved to be its owner."""

    code = "sign_in_again"
