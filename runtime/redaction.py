"""Takes what opens doors out of what is logged, whoever wrote it. Pure."""

import re

# A JSON text that is itself a value of a line of JSON has its quotes escaped, and theirs again.
_QUOTE = r"(?:\\*[\"'])?"
# A list; what stands in quotes, in escaped quotes, or in quotes that don't end; or a word.
_VALUE = (
    r"(?:\[[^\]]*\]?"
    r"|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
    r"|(?P<escaped>\\+[\"'])(?:(?!(?<!\\)(?P=escaped)).)*(?<!\\)(?P=escaped)"
    r"|\\*[\"'].*"
    r"|[^\s,;}]+)"
)

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
            r"(?i)((?:set-cookie|cookie|password|secondfactor|recoverycodes|client_secret|refresh_token"
            r"|x-csrf-token)"
            rf"{_QUOTE}\s*[:=]\s*){_VALUE}"
        ),
        r"\1[hidden]",
    ),
    # A mailed code or an authenticator's; other codes are words, or shorter.
    (re.compile(rf"(?i)(\bcode{_QUOTE}\s*[:=]\s*)(\\*[\"'])?\d{{6}}(?!\d)(?(2)\2)"), r"\1[hidden]"),
)


def redact(text: str) -> str:
    """The text without tokens, keys, passwords and codes of addresses."""
    for pattern, shown in _HIDDEN:
        text = pattern.sub(shown, text)
    return text
