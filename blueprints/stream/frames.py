"""WebSocket frames from a server (RFC 6455, section 5): unmasked, whole, uncompressed. Pure."""

import struct

_FINAL_TEXT = 0x81
_FINAL_CLOSE = 0x88
PING = b"\x89\x00"

# RFC 6455, section 7.4, and its registry.
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001


def text_frame(payload: bytes) -> bytes:
    """A text frame of UTF-8 bytes; the same bytes serve every client."""
    return _header(_FINAL_TEXT, len(payload)) + payload


def close_frame(code: int, reason: str) -> bytes:
    """A close frame; a reason over 123 bytes is cut, as the protocol wants, between two characters."""
    fitting = reason.encode()[:123].decode(errors="ignore")
    payload = struct.pack("!H", code) + fitting.encode()
    return _header(_FINAL_CLOSE, len(payload)) + payload


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)
