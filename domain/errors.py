"""The exceptions that a caller is expected to meet.

DeskError                 something was refused; nothing changed
├── accounts.EmailTaken   the address has an account
├── accounts.WrongCredentials
├── accounts.SessionEnded     the session of a token goes on no longer
├── accounts.SignInAgain
├── accounts.TooManyKeys
├── accounts.OAuthRefused     a provider's word was not enough; its own code says why
├── accounts.EmailNotProven
└── orders.Refused        the order state said no, with its own code

Everything else is a broken invariant or a server that is away, and is not caught to be forgotten.
"""


class DeskError(Exception):
    """A refusal with a machine-readable code. The edge's one table turns it into HTTP."""

    code: str
