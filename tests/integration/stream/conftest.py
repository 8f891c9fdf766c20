"""A relay for all tests of this folder; those that hurt it start their own."""

from collections.abc import Iterator

import pytest

from tests.support.relay import Relay, running_relay
from tests.support.services import Services

# So few that connections which are not let go fill it up.
CLIENTS_MAX = 20


@pytest.fixture(scope="package")
def relay(migrated: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """The running relay."""
    folder = tmp_path_factory.mktemp("relay")
    with running_relay(migrated, folder, stream_clients_max=CLIENTS_MAX) as relay:
        yield relay
