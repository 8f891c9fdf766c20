"""A browser, and a desk on a replay that waits for the word to go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from poller.recording import RecordedTrade, Recording
from tests.support.browsing import PHONE, Trader, chromium, visitor
from tests.support.recordings import btc_recording
from tests.support.running_desk import RunningDesk, running_desk

# Trades sent before the hold: what the newcomer opens at.
HOLD_AFTER = 300
# The recording's trades too, however long ago they were made.
KEPT = {"TRADES_KEPT_DAYS": "36500"}


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
    """Chromium. Not kept for the session: as long as it runs, Playwright's event loop is the thread's, and no
    other test could run one.
    """
    # A loaded machine may take its time; what must not happen must not happen in all of it.
    expect.set_options(timeout=20_000)
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor's page, of a desktop's size."""
    with visitor(browser) as page:
        yield page


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A new visitor's page, of a phone's size."""
    with visitor(browser, PHONE, has_touch=True) as page:
        yield page


@pytest.fixture(scope="session")
def simulated_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk on the simulated market, with a day of history: one for all stories that leave it as it is."""
    settings = {
        "MARKET_FEED": "simulated",
        "HISTORY_DAYS": "1",
        # All traders of the stories come from one address.
        "RATE_LIMIT_SIGNUP": "600/minute",
        "RATE_LIMIT_SIGNIN": "600/minute",
    }
    with running_desk(tmp_path_factory.mktemp("desk"), **settings) as desk:
        yield desk


@pytest.fixture
def trader(simulated_desk: RunningDesk) -> Trader:
    """Somebody new on the simulated desk."""
    return Trader.new(simulated_desk)
