"""The newest price of each asset as a ready frame, and what of them a client hasn't got yet. Pure.

A client keeps two numbers: which assets it wants (a bit each), and the version that it was given last. From
those follows what it lacks, so that a thousand clients that are equally far get the same bytes, joined once.
"""

from domain.instruments import ASSETS

_BITS = {symbol: 1 << place for place, symbol in enumerate(ASSETS)}
# Clients that are differently far at one time; beyond that their frames are joined each time.
_JOINED_MAX = 64


def bit_of(symbol: str) -> int:
    """The bit that stands for the asset in what a client wants."""
    return _BITS[symbol]


class Prices:
    """The prices. version: rises with each of them."""

    def __init__(self) -> None:
        self.version = 0
        # By the asset's bit: the version that brought it, and its frame.
        self._newest: dict[int, tuple[int, bytes]] = {}
        # By what is wanted and the version given last: the frames in a row.
        self._joined: dict[tuple[int, int], bytes] = {}

    def put(self, symbol: str, frame: bytes) -> None:
        """A newer price of an asset."""
        self.version += 1
        self._newest[_BITS[symbol]] = (self.version, frame)
        self._joined.clear()

    def forget(self, symbol: str) -> None:
        """Nobody listens to the asset any more: what is known of it will be old."""
        self._newest.pop(_BITS[symbol], None)
        self._joined.clear()

    def newest(self, symbol: str) -> bytes:
        """The frame of the asset's newest price; empty when there is none."""
        return self._newest.get(_BITS[symbol], (0, b""))[1]

    def since(self, wanted: int, seen: int) -> bytes:
        """The newest frame of each asset wanted that came after version `seen`, oldest first."""
        key = (wanted, seen)
        joined = self._joined.get(key)
        if joined is None:
            lacking = [entry for bit, entry in self._newest.items() if bit & wanted and entry[0] > seen]
            joined = b"".join(frame for _, frame in sorted(lacking))
            if len(self._joined) < _JOINED_MAX:
                self._joined[key] = joined
        return joined
