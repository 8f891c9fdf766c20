"""What of the newest prices a client lacks, held against a plain account of what it was given."""

from hypothesis import given
from hypothesis import strategies as st

from blueprints.stream.prices import Prices, bit_of
from domain.instruments import ASSETS

SYMBOLS = tuple(ASSETS)


def wanted(*symbols: str) -> int:
    return sum(bit_of(symbol) for symbol in symbols)


def test_a_client_lacks_the_newest_of_each_asset_that_it_wants() -> None:
    prices = Prices()
    for symbol, frame in (("BTC", b"b1 "), ("ETH", b"e1 "), ("BTC", b"b2 "), ("SOL", b"s1 ")):
        prices.put(symbol, frame)

    assert prices.since(wanted("BTC", "ETH"), 0) == b"e1 b2 "
    assert prices.since(wanted("SOL"), 0) == b"s1 "
    assert prices.since(wanted(*SYMBOLS), prices.version) == b""


def test_what_it_has_it_is_not_given_again() -> None:
    prices = Prices()
    prices.put("BTC", b"b1 ")
    seen = prices.version
    prices.put("ETH", b"e1 ")

    assert prices.since(wanted("BTC", "ETH"), seen) == b"e1 "


def test_what_is_forgotten_is_nobodys_newest() -> None:
    prices = Prices()
    prices.put("BTC", b"b1 ")

    prices.forget("BTC")

    assert prices.newest("BTC") == b""
    assert prices.since(wanted("BTC"), 0) == b""


steps = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(SYMBOLS)),
    st.tuples(st.just("give"), st.integers(0, 2)),
)


@given(
    wants=st.lists(st.sets(st.sampled_from(SYMBOLS)), min_size=3, max_size=3),
    script=st.lists(steps, max_size=60),
)
def test_clients_at_any_pace_end_with_the_newest_and_never_see_an_older_one(
    wants: list[set[str]], script: list[tuple[str, str | int]]
) -> None:
    prices, seen = Prices(), [0, 0, 0]
    newest: dict[str, int] = {}
    has: list[dict[str, int]] = [{}, {}, {}]

    def give(client: int) -> None:
        for entry in prices.since(wanted(*wants[client]), seen[client]).split():
            symbol, number = entry.decode().split("-")
            assert int(number) > has[client].get(symbol, 0)
            has[client][symbol] = int(number)
        seen[client] = prices.version

    for number, (kind, which) in enumerate(script, 1):
        if kind == "put":
            newest[str(which)] = number
            prices.put(str(which), f"{which}-{number} ".encode())
        else:
            give(int(which))
    for client in range(3):
        give(client)
        assert has[client] == {symbol: number for symbol, number in newest.items() if symbol in wants[client]}
