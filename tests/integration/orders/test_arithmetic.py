"""The library's arithmetic is exact up to its bounds, where Lua's doubles alone would not be."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import redis

import orders

CASES = 2_000
NAME = "cfdesk_arithmetic"
# Production functions stay as they are: the file is loaded again beside them, behind a wrapper of the tests.
WRAPPER = """
redis.register_function{ function_name = 'test_mul_div', flags = { 'no-writes' }, callback = function(_, args)
  local answers = {}
  for i = 1, #args, 3 do
    answers[#answers + 1] = string.format(
      '%.0f', mul_div(tonumber(args[i]), tonumber(args[i + 1]), tonumber(args[i + 2])))
  end
  return answers
end }
"""


@pytest.fixture
def arithmetic(order_state: redis.Redis) -> Iterator[redis.Redis]:
    """The server with money.lua's mul_div to be called."""
    money = Path(orders.__path__[0]) / "lua" / "money.lua"
    order_state.function_load(f"#!lua name={NAME}\n{money.read_text()}\n{WRAPPER}", replace=True)
    yield order_state
    order_state.function_delete(NAME)


def exact(a: int, b: int, c: int) -> int:
    """a*b/c truncated toward zero."""
    size = abs(a) * abs(b) // c
    return -size if (a < 0) != (b < 0) else size


def mul_div(client: redis.Redis, cases: list[tuple[int, int, int]]) -> list[int]:
    """What Lua makes of the cases."""
    arguments = [number for case in cases for number in case]
    return [int(text) for text in cast(list[bytes], client.fcall_ro("test_mul_div", 0, *arguments))]


def within_bounds(chooser: random.Random) -> tuple[int, int, int]:
    """A case that mul_div admits, mostly a large one: |a| + c < 2^38, |b| < 2^45, result < 2^53."""
    while True:
        a = chooser.randrange(1 << chooser.randint(25, 38))
        b = chooser.randrange(1 << chooser.randint(25, 45))
        c = 1 + chooser.randrange(1 << chooser.randint(15, 38))
        if a + c < 1 << 38 and a * b // c < 1 << 53:
            return a * chooser.choice((1, -1)), b * chooser.choice((1, -1)), c


def test_mul_div_equals_whole_numbers_in_random_cases_up_to_its_bounds(arithmetic: redis.Redis) -> None:
    chooser = random.Random(20_240_101)
    cases = [within_bounds(chooser) for _ in range(CASES)]

    answers = mul_div(arithmetic, cases)

    wrong = [(case, answer) for case, answer in zip(cases, answers, strict=True) if answer != exact(*case)]
    assert wrong == []


@pytest.mark.parametrize(
    "case",
    [
        (0, 0, 1),
        (1, 1, 1),
        (-1, 1, 2),
        (1, -1, 2),
        (-3, -1, 2),
        (2**37, 2**45 - 1, 2**37 - 1),
        (2**37 - 1, 2**45 - 1, 2**37),
        (130_000_000_000, 130_000_000_000, 130_000_000_000),
        (130_000_000_000, 2**45 - 1, 130_000_000_000),
        (32_768, 32_768, 1),
        (1, 2**45 - 1, 1),
    ],
)
def test_mul_div_is_exact_at_its_edges(arithmetic: redis.Redis, case: tuple[int, int, int]) -> None:
    assert mul_div(arithmetic, [case]) == [exact(*case)]


def test_the_random_cases_tell_an_exact_product_from_one_of_doubles() -> None:
    chooser = random.Random(20_240_101)
    cases = [within_bounds(chooser) for _ in range(CASES)]

    naive = [int(float(a) * float(b) / float(c)) for a, b, c in cases]

    assert sum(guess != exact(*case) for guess, case in zip(naive, cases, strict=True)) > 20
