"""The one table of refusals: complete, and readable by people."""

import pytest

from blueprints.errors import REFUSALS, REFUSED_FIELDS, sentence_of
from orders.codes import Code

# What only the poller is told, whose ticks no client sends.
OF_TICKS = {Code.TICK_OUT_OF_RANGE, Code.TRADE_ID_NOT_ABOVE}
# Whatever a sentence may ask for.
DETAILS = {"balance": "1", "needed": "2", "least": "3", "most": "4", "price": "644936700"}


def test_every_refusal_of_the_order_state_is_in_the_table() -> None:
    assert set(Code) - REFUSALS.keys() == OF_TICKS


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_a_sentence_for_people(code: str) -> None:
    status, _ = REFUSALS[code]
    sentence = sentence_of(code, DETAILS)

    assert 400 <= status < 500 or status == 503
    assert sentence[0].isupper()
    assert "_" not in sentence
    assert len(sentence) > 15


def test_a_field_is_named_where_the_input_is_refused() -> None:
    assert {REFUSALS[code][0] for code in REFUSED_FIELDS} == {400}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            Code.TRAILING_DISTANCE_OUT_OF_RANGE,
            "The trailing distance is too large for the current price 64493.6700",
        ),
        (Code.POSITION_TOO_LARGE, "The position is too large: at this price its size may be $0.04 at most"),
    ],
)
def test_a_sentence_says_what_would_do(code: Code, sentence: str) -> None:
    assert sentence_of(code, DETAILS) == sentence
