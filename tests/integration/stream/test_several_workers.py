"""Several relay processes behind one port: clients spread over them, and each hears everything."""

from contextlib import ExitStack
from pathlib import Path

from orders.client import OrderDesk
from tests.integration.stream.test_bad_connections import sockets_of
from tests.support.relay import StreamClient, running_relay
from tests.support.services import Services
from tests.support.trading import Market, Trader, request

WORKERS = 3
# Who accepts next is the kernel's choice, and a worker may be a moment later than the others.
CLIENTS_EACH = 5
CLIENTS_MAX = 300


def test_clients_spread_over_the_workers_and_hear_the_same(
    migrated: Services, desk: OrderDesk, tmp_path: Path
) -> None:
    trader = Trader.with_balance(desk)
    with running_relay(migrated, tmp_path, stream_workers=WORKERS) as relay, ExitStack() as stack:
        clients: list[StreamClient] = []
        while min(sockets_of(relay, worker) for worker in relay.workers()) < CLIENTS_EACH:
            assert len(clients) < CLIENTS_MAX, "a worker accepts nobody"
            clients.append(stack.enter_context(relay.signed_in(trader.user_id)))
            clients[-1].subscribes("BTC")
        assert len(relay.workers()) == WORKERS

        Market(desk).trades_at("64500.12")
        desk.deposit(trader.user_id, request(), 1)

        for client in clients:
            heard = [client.hears() for _ in range(2)]
            assert {message["type"] for message in heard} == {"PRICE_UPDATE", "BALANCE"}
