"""Which of an account's messages a client is told: each once, in order. Pure.

Live messages come numbered (`seq`). While something is looked up that has to be told before them they are
held; what was told then already is left out when they are let go.
"""

from collections import deque


class Interrupted(Exception):
    """A number is missing between what was told and what came: the client has to resume."""


class TooFarBehind(Exception):
    """More messages are held than may wait."""


class Following:
    """One client's place in one account. It begins held."""

    def __init__(self, user_id: str, *, held_max: int) -> None:
        self.user_id = user_id
        # The first and the newest number told on this connection, None before there was one.
        self.first: int | None = None
        self.told: int | None = None
        self._held: deque[tuple[int, bytes]] | None = deque()
        self._held_max = held_max

    def live(self, seq: int, frame: bytes) -> bytes | None:
        """A message that comes: its frame when it is to be told now. Raises Interrupted, TooFarBehind."""
        if self._held is not None:
            if len(self._held) >= self._held_max:
                raise TooFarBehind
            self._held.append((seq, frame))
            return None
        return self._next(seq, frame)

    def hold(self) -> None:
        """Keeps what comes from now on."""
        if self._held is None:
            self._held = deque()

    def caught_up(self, seq: int) -> None:
        """Everything up to `seq` was told otherwise."""
        if self.told is None or seq > self.told:
            self.told = seq
        if self.first is None:
            self.first = seq + 1

    def release(self) -> list[bytes]:
        """The held messages that are to be told now; later ones come by themselves. Raises Interrupted."""
        held, self._held = self._held or deque(), None
        return [told for seq, frame in held if (told := self._next(seq, frame))]

    def _next(self, seq: int, frame: bytes) -> bytes | None:
        if self.told is not None:
            if seq <= self.told:
                return None
            if seq > self.told + 1:
                raise Interrupted
        if self.first is None:
            self.first = seq
        self.told = seq
        return frame
