"""Resources of the runtime's integration tests."""

import pytest

from runtime.ports import quiet_port


@pytest.fixture
def free_port() -> int:
    """A port on this machine that nobody listens on."""
    return quiet_port()
