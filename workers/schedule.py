"""The one table of when -> actor, and the process that follows it.

`python -m workers.schedule`. It only enqueues: the work is the workers'. Any number may run: one has the
lease of the schedule, the others stand by.
"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis.exceptions
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from dramatiq.brokers.redis import RedisBroker
from prometheus_client import CollectorRegistry, Counter

from orders.holding import Holding, LeaseLost
from runtime.broker import Actor, Queue, connect_broker
from runtime.connections import orders_redis
from runtime.failures import brief
from runtime.logs import get_logger
from runtime.process import Stop, start_process
from runtime.settings import Settings
from workers.nudge import nudge

log = get_logger(__name__)

# A start that is late by more is left out: the next one does its work.
MISFIRE_GRACE_S = 5
SCHEDULE_LEASE = "schedule"
STOP_CHECK_S = 0.2
# A desk that has just started is looked at often: its history waits for its first trades, and then for the
# minute in which they began to be over.
HISTORY_FIRST_EVERY_S = 3
LIMITS_EVERY_S = 60
HISTORY_FIRST_FOR = timedelta(minutes=3)
METRICS = CollectorRegistry(auto_describe=False)
_STARTS = Counter(
    "cfdesk_schedule_starts",
    "Times that an actor was due, and what came of it.",
    ["actor", "outcome"],
    registry=METRICS,
)


@dataclass(frozen=True)
class Job:
    """An actor to be started now and then, unless its queue holds `waiting_max` messages already."""

    name: str
    trigger: BaseTrigger
    actor: Actor
    queue: Queue
    waiting_max: int
    args: tuple[int, ...] = ()


def jobs(settings: Settings) -> list[Job]:
    """The table."""
    shards = settings.order_shards
    return [
        Job("snapshots", _every(settings.snapshot_every_s), Actor.SNAPSHOT, Queue.SNAPSHOTS, waiting_max=4),
        Job("prune", _at(minute=17), Actor.PRUNE, Queue.UPKEEP, waiting_max=4),
        Job("trade days", _at(minute=7, hour="*/6"), Actor.TRADE_DAYS, Queue.UPKEEP, waiting_max=4),
        *(
            Job(
                f"journal of shard {shard}",
                _every(settings.journal_nudge_s),
                Actor.JOURNAL,
                Queue.ORDERS,
                waiting_max=4 * shards + 4,
                args=(shard,),
            )
            for shard in range(shards)
        ),
        # What nobody lived to apply, and what a server has lost.
        Job("limits", _every(LIMITS_EVERY_S), Actor.LIMITS, Queue.OPERATORS, waiting_max=1),
        *_history(settings),
    ]


def _history(settings: Settings) -> list[Job]:
    if settings.history_days == 0:
        return []
    until = datetime.now(UTC) + HISTORY_FIRST_FOR
    first = IntervalTrigger(seconds=HISTORY_FIRST_EVERY_S, end_date=until, timezone="UTC")
    trigger = OrTrigger([first, _every(settings.history_check_s)])
    return [Job("history", trigger, Actor.BACKFILL, Queue.HISTORY, waiting_max=1)]


def _every(seconds: float) -> BaseTrigger:
    return IntervalTrigger(seconds=seconds, timezone="UTC")


def _at(*, minute: int, hour: str = "*") -> BaseTrigger:
    return CronTrigger(minute=minute, hour=hour, timezone="UTC")


def start_job(broker: RedisBroker, holding: Holding, job: Job) -> None:
    """Enqueues the job's actor; with Redis away or the workers behind it leaves that to the next time.

    So does a scheduler that was held up so long that another may be active. What two enqueue all the same in
    one instant is harmless: each start finds by itself what there is to do.
    """
    if not holding.is_certain():
        log.warning("left out: the lease is not certain", job=job.name)
        _STARTS.labels(job.actor, "lease_uncertain").inc()
        return
    try:
        started = nudge(broker, job.actor, job.queue, *job.args, waiting_max=job.waiting_max)
        _STARTS.labels(job.actor, "started" if started else "queue_full").inc()
        if not started:
            log.debug("left out: the queue is full", job=job.name, queue=job.queue)
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        log.warning("not enqueued: Redis is away", job=job.name, error=brief(error))
        _STARTS.labels(job.actor, "redis_away").inc()


def run(settings: Settings, stop: Stop) -> None:
    """Follows the table while it has the lease, until the stop. Raises LeaseLost."""
    holding = Holding(orders_redis(settings, name="scheduler"), SCHEDULE_LEASE, lease_s=settings.lease_s)
    if not holding.wait(stop):
        return
    broker = connect_broker(settings)
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_S},
    )
    for job in jobs(settings):
        scheduler.add_job(start_job, job.trigger, args=(broker, holding, job), id=job.name, name=job.name)
    scheduler.start()
    while not stop.wait(STOP_CHECK_S):
        if holding.lost:
            raise LeaseLost("another scheduler is active")
    scheduler.shutdown(wait=False)
    holding.give_back()


if __name__ == "__main__":
    try:
        run(*start_process("scheduler", METRICS))
    except LeaseLost as lost:
        log.error("ending", why=str(lost))
        sys.exit(1)
