"""Access tokens as attackers make them of good ones, by a seeded generator. None may let anybody in."""

import base64
import itertools
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt

from tests.support.settings import JWT_SECRET
from tests.support.tokens import OTHER_SECRET, kid_of

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STRANGE: dict[str, list[Any]] = {
    "iss": [None, "", "somebody", ["cfdesk"], 7],
    "aud": [None, "", "somebody", ["somebody"], 7],
    "type": [None, "", "refresh", "Access", "mail", ["access"], 7],
    "sub": [None, "", "x", 7, "00000000-0000-4000-8000-000000000000"],
    "sid": [None, "", "x", 7, [], "00000000-0000-4000-8000-000000000000"],
    "exp": [None, 0, -1, "soon", []],
}
_ALGORITHMS: list[Any] = ["HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256", 256, None, []]
_KIDS: list[Any] = ["", "x", "../../dev/null", "' or 1=1 --", 7, None, [], {}, True, "0" * 5_000, "\0"]
_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(OTHER_SECRET.encode()).decode()}
# Headers by which a token would bring or point to its own key.
_OWN_KEYS: list[dict[str, Any]] = [
    {"jwk": _JWK},
    {"jku": "https://evil.example/keys.json"},
    {"x5u": "https://evil.example/cert.pem"},
    {"x5c": ["MIIB"]},
    {"crit": ["exp"]},
]
_CLAIMS = [(name, value) for name, values in _STRANGE.items() for value in values]


@dataclass(frozen=True)
class Good:
    """What attackers start from. anothers: of another account; ended: of a session that was signed out."""

    access: str
    refresh: str
    anothers: str
    ended: str
    user_id: str
    session_id: str


def mutations(good: Good, *, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """So many (what was done, token), no token twice, each kind in turn until it has no more."""
    chance = random.Random(seed)
    kinds: list[Callable[[Good, random.Random], str]] = [
        *(_flipped, _cut, _grown, _swapped, _unsigned, _resigned, _other_algorithm, _renamed_algorithm),
        *(_strange_kid, _own_key, _wrong_claim, _aged, _too_early, _rewritten, _refresh, _ended, _garbage),
    ]
    made: set[str] = set()
    for kind in itertools.cycle(kinds):
        if len(made) == count:
            return
        token = kind(good, chance)
        if token not in made:
            made.add(token)
            yield kind.__name__.removeprefix("_"), token


def like(good: Good, chance: random.Random) -> str:
    """A token as good as the good one, under another id: signed mutations differ from it by one thing."""
    return _signed(_claims(good.access, chance))


def _flipped(good: Good, chance: random.Random) -> str:
    """One character is another."""
    at = chance.choice([index for index, char in enumerate(good.access) if char != "."])
    other = chance.choice([char for char in _ALPHABET if char != good.access[at]])
    return good.access[:at] + other + good.access[at + 1 :]


def _cut(good: Good, chance: random.Random) -> str:
    return good.access[: chance.randrange(len(good.access))]


def _grown(good: Good, chance: random.Random) -> str:
    more = "".join(chance.choices(_ALPHABET + "._=", k=chance.randint(1, 40)))
    return chance.choice([good.access + more, more + good.access])


def _swapped(good: Good, chance: random.Random) -> str:
    """Parts of two good tokens."""
    parts = [
        chance.choice(pair) for pair in zip(good.access.split("."), good.anothers.split("."), strict=True)
    ]
    text = ".".join(parts)
    return text if text not in (good.access, good.anothers) else ".".join(reversed(parts))


def _unsigned(good: Good, chance: random.Random) -> str:
    header = {
        "alg": chance.choice(["none", "None", "NONE", "nOnE", ""]),
        "typ": "JWT",
        "kid": kid_of(JWT_SECRET),
    }
    signature = chance.choice(["", good.access.split(".")[2], "AA"])
    return ".".join([_part(header), _part(_claims(good.access, chance)), signature])


def _resigned(good: Good, chance: random.Random) -> str:
    secret = chance.choice(
        [OTHER_SECRET, "x" * 32, JWT_SECRET + "x", JWT_SECRET[:-1], kid_of(JWT_SECRET) * 4]
    )
    return _signed(_claims(good.access, chance), secret=secret)


def _other_algorithm(good: Good, chance: random.Random) -> str:
    return _signed(_claims(good.access, chance), algorithm=chance.choice(["HS384", "HS512"]))


def _renamed_algorithm(good: Good, chance: random.Random) -> str:
    header = {"alg": chance.choice(_ALGORITHMS), "typ": "JWT", "kid": kid_of(JWT_SECRET)}
    _, claims, signature = good.access.split(".")
    untouched = f"{_part(header)}.{claims}.{signature}"
    return chance.choice([untouched, _hand_signed(header, _claims(good.access, chance), JWT_SECRET)])


def _strange_kid(good: Good, chance: random.Random) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": chance.choice([*_KIDS, kid_of(OTHER_SECRET)])}
    secret = chance.choice([JWT_SECRET, OTHER_SECRET])
    return _hand_signed(header, _claims(good.access, chance), secret)


def _own_key(good: Good, chance: random.Random) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": kid_of(JWT_SECRET)} | chance.choice(_OWN_KEYS)
    return _hand_signed(header, _claims(good.access, chance), chance.choice([JWT_SECRET, OTHER_SECRET]))


def _wrong_claim(good: Good, chance: random.Random) -> str:
    """Signed with our secret: even we may not say this."""
    name, value = chance.choice(_CLAIMS)
    claims = _claims(good.access, chance) | {name: value}
    if value is None:
        claims.pop(name)
    return _hand_signed({"alg": "HS256", "typ": "JWT", "kid": kid_of(JWT_SECRET)}, claims, JWT_SECRET)


def _aged(good: Good, chance: random.Random) -> str:
    return _signed(_claims(good.access, chance) | {"exp": int(time.time()) - chance.randint(1, 10**6)})


def _too_early(good: Good, chance: random.Random) -> str:
    return _signed(_claims(good.access, chance) | {"nbf": int(time.time()) + chance.randint(60, 10**6)})


def _rewritten(good: Good, chance: random.Random) -> str:
    """Claims changed under the old signature."""
    header, _, signature = good.access.split(".")
    changed: dict[str, Any] = chance.choice(
        [{"exp": 4_000_000_000}, {"role": "operator"}, {"sub": good.session_id}, {"x": 1}]
    )
    return ".".join([header, _part(_claims(good.access, chance) | changed), signature])


def _refresh(good: Good, chance: random.Random) -> str:
    return chance.choice(
        [good.refresh, _signed(_claims(good.access, chance) | {"type": "refresh", "rot": 0})]
    )


def _ended(good: Good, chance: random.Random) -> str:
    return chance.choice([good.ended, _signed(_claims(good.ended, chance))])


def _garbage(good: Good, chance: random.Random) -> str:
    junk = ["", ".", "..", "...", "a.b.c", "e30.e30.", "null", "{}", "Bearer", "\xff.\xff.\xff", "=.=.="]
    return chance.choice([*junk, "".join(chance.choices(_ALPHABET + ".", k=chance.randint(1, 400)))])


def _claims(token: str, chance: random.Random) -> dict[str, Any]:
    """The token's claims, under an id of their own."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims | {"jti": str(uuid.UUID(int=chance.getrandbits(128), version=4))}


def _signed(claims: dict[str, Any], *, secret: str = JWT_SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": kid_of(JWT_SECRET)})


def _hand_signed(header: dict[str, Any], claims: dict[str, Any], secret: str) -> str:
    """A token with any header and claims, which a library would refuse to make."""
    text = f"{_part(header)}.{_part(claims)}"
    signature = jwt.get_algorithm_by_name("HS256").sign(text.encode(), secret.encode())
    return f"{text}.{_text(signature)}"


def _part(fields: dict[str, Any]) -> str:
    return _text(json.dumps(fields).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
