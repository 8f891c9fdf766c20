"""Log lines for eyes."""

import logging

import pytest

from runtime.logs import configure_logging
from runtime.settings import Settings


def test_a_traceback_says_where_and_not_what_was_in_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure_logging(Settings(_env_file=None, log_format="pretty"), "web")
        fails("a trader's own " + "secret")
    finally:
        logging.getLogger().handlers[:] = before

    told = capsys.readouterr().out
    assert "ZeroDivisionError" in told
    assert "in fails" in told
    assert "a trader's own secret" not in told


def fails(words: str) -> None:
    """Logs what it could not do."""
    try:
        assert len(words) / 0
    except ZeroDivisionError:
        logging.getLogger("tests").exception("it failed")
