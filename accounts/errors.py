"""What identity refuses."""

from enum import StrEnum

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


class WrongCode(DeskError):
    """Not the code that was mailed, or nobody has been mailed one."""

    code = "wrong_code"


class CodeExpired(DeskError):
    """The mailed code's time is over, or none was asked for."""

    code = "code_expired"


class TooManyTries(DeskError):
    """So many codes were wrong that none is looked at for a while."""

    code = "too_many_tries"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(self.code)
        self.retry_after_s = retry_after_s


class SecondFactorRequired(DeskError):
    """The account has a second factor, and none came."""

    code = "second_factor_required"


class WrongSecondFactor(DeskError):
    """Neither the authenticator's code of now, unused, nor a recovery code."""

    code = "wrong_second_factor"


class SecondFactorIsOn(DeskError):
    """There is one already."""

    code = "second_factor_is_on"


class SecondFactorIsOff(DeskError):
    """There is none, or none that waits to be confirmed."""

    code = "second_factor_is_off"


class WrongPassword(DeskError):
    """Not the signed-in account's password."""

    code = "wrong_password"


class EmailUnchanged(DeskError):
    """The account has this address already, and it is proven."""

    code = "email_unchanged"


class MailOff(DeskError):
    """This desk sends no mail."""

    code = "mail_off"


class OAuthProblem(StrEnum):
    """Why somebody whom a provider sent, or is to be sent there, goes no further."""

    CANCELLED = "cancelled"
    STATE_MISMATCH = "state_mismatch"
    EMAIL_UNVERIFIED = "email_unverified"
    PROVIDER_FAILED = "provider_failed"
    PROVIDER_UNKNOWN = "provider_unknown"
    NOT_CONFIGURED = "not_configured"
    # The provider's account signs another account in.
    ALREADY_LINKED = "already_linked"
    # The account is signed in by another of the provider's accounts.
    OTHER_LINKED = "other_linked"
    NOT_LINKED = "not_linked"
    LAST_WAY_IN = "last_way_in"
    ARRIVAL_UNKNOWN = "sign_in_expired"


class OAuthRefused(DeskError):
    """Signing in or linking through a provider was refused."""

    def __init__(self, problem: OAuthProblem) -> None:
        super().__init__(problem)
        self.code = problem


class EmailNotProven(DeskError):
    """The account's own e-mail isn't proven yet."""

    code = "email_not_verified"
