"""Passwords that many have: the first that anybody tries. The list is zxcvbn's, from what was leaked."""

from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS


def is_common(password: str) -> bool:
    """Whether it is one of some 30,000 that people choose most, however it is capitalised."""
    return password.lower() in _common()


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])
