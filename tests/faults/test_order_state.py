"""The harness on an order state that is alone: right when it is set up right, found out when it isn't."""

import random

from orders.client import OrderDesk
from orders.keys import REQUEST, shard_tag
from tests.faults.alone import LoneOrderState
from tests.faults.channels import DirectChannel
from tests.faults.log import Kind
from tests.faults.power import cut_power
from tests.faults.verdict import Verdict


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
