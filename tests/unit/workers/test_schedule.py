"""The table of when -> actor."""

from runtime.broker import QUEUE_OF, Actor
from runtime.settings import Settings
from workers.actors import ACTORS
from workers.schedule import jobs


def test_every_shard_is_nudged() -> None:
    table = jobs(Settings(_env_file=None, order_shards=3))
    assert [job.args for job in table if job.actor is Actor.JOURNAL] == [(0,), (1,), (2,)]


def test_jobs_have_names_of_their_own_and_go_to_their_actors_queue() -> None:
    table = jobs(Settings(_env_file=None))
    assert len({job.name for job in table}) == len(table)
    assert all(QUEUE_OF[job.actor] is job.queue for job in table)


def test_every_actor_that_can_be_named_is_declared_once() -> None:
    assert sorted(terms.actor for terms in ACTORS) == sorted(Actor) == sorted(QUEUE_OF)
