"""An order state that is alone: a server, customers on it, and their log held against its stream."""

from dataclasses import dataclass, field
from uuid import uuid4

import redis

from domain.instruments import ASSETS
from domain.orders import FIRST_EVENT_ID
from orders.client import OrderDesk
from orders.events import read_events
from runtime.connections import orders_redis
from runtime.settings import Settings
from tests.faults.channels import DirectChannel
from tests.faults.customers import Crowd, Customer
from tests.faults.log import ClientLog
from tests.faults.members import Member
from tests.faults.power import AppendOnlyFile
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
