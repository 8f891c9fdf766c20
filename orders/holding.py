"""Waiting for a lease, and keeping it: how one of several equal processes becomes the active one.

The others stand by. Whoever loses the lease stops: the fence (orders.leases) refuses its ticks, and its
supervisor starts it again as a standby.
"""

import threading
import time
from uuid import uuid4

import redis

from orders.leases import Lease, release_lease, take_lease
from runtime.logs import get_logger
from runtime.process import Stop

log = get_logger(__name__)

# Renewals within one lease: two may fail.
RENEWALS = 4
# How often a standby asks, in parts of a lease.
LOOKS = 6


class LeaseLost(RuntimeError):
    """Another process has taken the work over; this one must end."""


class Holding:
    """One process's share in a lease. Made for one name; waits and renews under an identity of its own."""

    def __init__(self, client: redis.Redis, name: str, *, lease_s: float) -> None:
        self._client = client
        self._name = name
        self._lease_s = lease_s
        self._holder = uuid4().hex
        self._lease: Lease | None = None
        # The clock's time up to which nobody else can have it.
        self._until = 0.0
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def lease(self) -> Lease:
        """The lease; only while it is held."""
        assert self._lease is not None
        return self._lease

    @property
    def lost(self) -> bool:
        """Whether another has it by now."""
        return self._lost.is_set()

    def is_certain(self) -> bool:
        """Whether nobody else can have it yet: false as well when it was long not renewed."""
        return not self.lost and time.monotonic() < self._until

    def wait(self, stop: Stop) -> bool:
        """Stands by until the lease is had, then keeps it; False when the stop came first.

        An order state that is away is waited for.
        """
        told = False
        while not stop:
            if self._take():
                log.info("active", lease=self._name, token=self.lease.token)
                self._thread = threading.Thread(target=self._keep, name=f"lease-{self._name}", daemon=True)
                self._thread.start()
                return True
            if not told:
                log.info("standing by", lease=self._name)
                told = True
            stop.wait(self._lease_s / LOOKS)
        return False

    def give_back(self) -> None:
        """Lets the next one have it at once; with the order state away it will have to wait."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(self._lease_s)
        if self._lease is None or self.lost:
            return
        try:
            release_lease(self._client, self._lease)
        except redis.RedisError as error:
            log.warning("lease not given back", lease=self._name, error=str(error))

    def _take(self) -> bool:
        """Takes or renews it; whether it is ours."""
        asked = time.monotonic()
        try:
            lease = take_lease(self._client, self._name, self._holder, ttl_ms=int(self._lease_s * 1000))
        except redis.RedisError as error:
            # It may be back before the lease has run out, and nobody else gets an answer either.
            log.warning("the order state is away", lease=self._name, error=str(error))
            return False
        if lease is None:
            if self._lease is not None:
                self._lost.set()
            return False
        if self._lease is not None and lease.token != self._lease.token:
            # It was another's for a while, and is given to us anew: what we did meanwhile was fenced.
            self._lost.set()
            return False
        self._lease, self._until = lease, asked + self._lease_s
        return True

    def _keep(self) -> None:
        while not self.lost and not self._ended.wait(self._lease_s / RENEWALS):
            self._take()
        if self.lost:
            log.error("lease lost: another is active", lease=self._name)
