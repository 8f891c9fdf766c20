"""What `dramatiq workers.main` loads: logging, the broker, every actor."""

from dramatiq.brokers.redis import RedisBroker

from runtime.broker import connect_broker
from runtime.logs import configure_logging
from runtime.settings import get_settings
from workers.actors import ACTORS
from workers.middleware import equip


def load() -> RedisBroker:
    """Ready to work: called once in each worker process, when dramatiq imports this module."""
    settings = get_settings()
    configure_logging(settings, "worker")
    broker = connect_broker(settings)
    equip(broker, settings)
    for terms in ACTORS:
        terms.declare(broker)
    return broker


broker = load()
