"""A browser, and a desk on a replay that waits for the word to go."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from poller.recording import RecordedTrade, Recording
from tests.support.recordings import btc_recording
from tests.support.running_desk import RunningDesk, running_desk

# Trades sent before the hold: what the newcomer opens at.
HOLD_AFTER = 300
# The recording's trades too, however long ago they were made.
KEPT = {"TRADES_KEPT_DAYS": "36500"}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# What the browser says when it refuses something.
POLICY = "Content Security Policy"


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The real trades when they are at hand, else simulated ones."""
    return Recording.scan(btc_recording(tmp_path_factory.mktemp("recording")))


@pytest.fixture(scope="session")
def trades(recording: Recording) -> list[RecordedTrade]:
    """All rows of the recording."""
    return list(recording.rows())


def replay_settings(recording: Recording) -> dict[str, str]:
    """A replay that sends HOLD_AFTER trades and then holds; prices don't go stale meanwhile."""
    return {
        "MARKET_FEED": "replay",
        "REPLAY_FILE": str(recording.path),
        "REPLAY_TIMES": "recorded",
        **KEPT,
        "REPLAY_SPEED": "5",
        "REPLAY_HOLD_AFTER": str(HOLD_AFTER),
        "PRICE_STALE_MS": "600000",
    }


@pytest.fixture
def held_desk(recording: Recording, tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk on a replay that holds."""
    with running_desk(tmp_path, **replay_settings(recording)) as desk:
        yield desk


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium, of the system or Playwright's own.

    Not kept for the session: as long as it runs, Playwright's event loop is the thread's, and no other test
    could run one.
    """
    with sync_playwright() as playwright:
        # A loaded machine may take its time; what must not happen must not happen in all of it.
        expect.set_options(timeout=20_000)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor's page; an error of its own, or what its security policy forbids, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if POLICY in said.text else None)
    yield page
    context.close()
    assert not problems, problems
