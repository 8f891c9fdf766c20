"""Takes what opens doors out of what is logged, whoever wrote it. Pure."""

import re

# In this order: what is part of something longer is hidden with it.
_HIDDEN = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',\]]+"), r"\1 [hidden]"),
    # An access or refresh token, by its shape.
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "[token]"),
    # A program's key.
    (re.compile(r"\bcfd_[\w-]{8,}"), "[key]"),
    # In addresses: what providers and mails hand over, and who connects to a server.
    (
        re.compile(r"(?i)([?&](?:code|token|state|password|secret|client_secret|nonce)=)[^&\s\"'#]+"),
        r"\1[hidden]",
    ),
    (re.compile(r"(\w://[^\s:/@]*:)[^\s/@]+@"), r"\1[hidden]@"),
    # In dumps of headers, cookies and bodies.
    (
        re.compile(
            r"(?i)([\"']?(?:set-cookie|cookie|password|secondfactor|refresh_token|csrf_refresh_token|x-csrf-token)"
            r"[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;}]+)"
        ),
        r"\1[hidden]",
    ),
)


def redact(text: str) -> str:
    """The text without tokens, keys, passwords and codes of addresses."""
    for pattern, shown in _HIDDEN:
        text = pattern.sub(shown, text)
    return text
