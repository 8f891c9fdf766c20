"""The harness on an order state that is alone: right when it is set up right, found out when it isn't."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from domain.instruments import ASSETS
from domain.orders import FIRST_EVENT_ID
from orders.client import OrderDesk
from orders.events import read_events
from orders.keys import REQUEST, shard_tag
from runtime.connections import orders_redis
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.faults.channels import DirectChannel
from tests.faults.customers import Crowd, Customer
from tests.faults.log import ClientLog, Kind
from tests.faults.members import Member
from tests.faults.power import AppendOnlyFile, cut_power
from tests.faults.proof import recorded
from tests.faults.verdict import Verdict, compare
from tests.support.opening import load_and_open
from tests.support.trading import EVENTS_MAX, Market
from tests.support.waiting import eventually

CUSTOMERS = 4
PACE_S = 0.005


@dataclass
class LoneOrderState:
    """A server of the order state and customers, nothing else."""

    member: Member
    settings: Settings
    client: redis.Redis
    file: AppendOnlyFile
    log: ClientLog = field(default_factory=ClientLog)
    crowd: Crowd = field(default_factory=Crowd)

    def set_up(self, *, fsync: str) -> None:
        """Opens for trade at some price, with this appendfsync."""
        self.client.config_set("appendfsync", fsync)
        load_and_open(self.client, self.settings)
        desk = OrderDesk(self.client, self.settings)
        for symbol in ASSETS:
            Market(desk, symbol).trades_at("1000")

    def trade(self, commands: int) -> None:
        """Has customers trade until so many commands are acknowledged."""
        for number in range(CUSTOMERS):
            client = OrderDesk(orders_redis(self.settings, name="customer"), self.settings)
            client.open_account(user_id := str(uuid4()), self.settings.start_balance_cents)
            channel = DirectChannel(client)
            self.crowd.send_in(
                Customer(channel, user_id, self.log, seed=f"{number}", pace_s=PACE_S, deposits=True)
            )
        eventually(lambda: self.log.accepted >= commands, limit_s=20, what=f"{commands} answers")

    def judge(self) -> Verdict:
        """The log against the stream."""
        return compare(
            self.log.entries, recorded(read_events(self.client, 0, after=FIRST_EVENT_ID, limit=EVENTS_MAX))
        )


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LoneOrderState]:
    """One that runs, with its file watched."""
    server = ValkeyServer(
        "orders", folder=tmp_path / "orders", secrets=tmp_path / "secrets", port=quiet_port(), fsync="always"
    )
    server.prepare()
    member = Member(server, tmp_path / "orders.log")
    settings = Settings(
        _env_file=None,
        orders_redis_url=server.url,
        price_stale_ms=86_400_000,
        redis_timeout_s=1,
    )
    with ExitStack() as stack:
        stack.callback(member.stop)
        member.start().wait()
        client = orders_redis(settings, name="tests")
        stack.callback(client.close)
        file = AppendOnlyFile(tmp_path / "orders" / "appendonlydir").watch()
        stack.callback(file.close)
        alone = LoneOrderState(member, settings, client, file)
        stack.callback(alone.crowd.dismiss)
        yield alone


def cut_and_judge(alone: LoneOrderState, *, policy: str) -> Verdict:
    """A power cut under load, and what became of the acknowledged."""
    alone.set_up(fsync=policy)
    alone.trade(200)
    alone.member.freeze()
    cut_power(alone.member, alone.file, random.Random(1), policy=policy, zeros=True)
    alone.member.start().wait()
    alone.crowd.call_off(limit_s=10)
    return alone.judge()


def test_a_power_cut_of_a_server_that_does_not_sync_loses_what_was_acknowledged(
    alone: LoneOrderState,
) -> None:
    verdict = cut_and_judge(alone, policy="no")

    assert verdict.acked >= 200
    assert len(verdict.lost) > 0


def test_a_power_cut_of_a_server_that_syncs_always_loses_nothing(alone: LoneOrderState) -> None:
    verdict = cut_and_judge(alone, policy="always")

    assert verdict.acked >= 200
    assert verdict.sentences == []


def test_a_command_that_the_order_state_does_again_is_doubled(alone: LoneOrderState) -> None:
    alone.set_up(fsync="always")
    alone.trade(50)
    alone.crowd.call_off(limit_s=10)
    assert alone.judge().sentences == []
    # Given an order state that forgot a request
    entry = next(entry for entry in alone.log.entries if entry.accepted and entry.command.kind is Kind.OPEN)
    command = entry.command
    assert alone.client.delete(f"{shard_tag(0)}{REQUEST}{command.user_id}:{command.request_id}") == 1
    # When its client asks once more
    DirectChannel(OrderDesk(alone.client, alone.settings)).send(command)
    # Then the order is opened twice
    assert len(alone.judge().doubled) > 0
