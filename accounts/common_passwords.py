"""Passwords that many have: the first that anybody tries. The list is zxcvbn's, from what was leaked."""

import re
from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

# What comes to mind here; figures and signs around them make no difference.
OURS = frozenset(
    [
        "cfdesk",
        "cfd",
        "desk",
        "trading",
        "trader",
        "trade",
        "broker",
        "leverage",
        "margin",
        "liquidation",
        "bitcoin",
        "ethereum",
        "ether",
        "solana",
        "crypto",
        "btc",
        "eth",
        "sol",
        "binance",
        "tothemoon",
        "password",
        "passwort",
        "secret",
        "demo",
        "admin",
        "operator",
        "welcome",
        "letmein",
    ]
)
_NO_LETTERS = re.compile(r"[^a-z]+")


def is_common(password: str) -> bool:
    """Whether it is one of some 30,000 that people choose most, however it is capitalised, or a word of this
    trade with nothing but figures and signs around it."""
    lower = password.lower()
    return lower in _common() or _NO_LETTERS.sub("", lower) in OURS


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])
