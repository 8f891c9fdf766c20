"""Recordings: what is written is read again, and what is wrong stops the start with its line."""

import gzip
from itertools import islice
from pathlib import Path

import pytest

from domain.instruments import ASSETS
from poller.record import simulated_trades
from poller.recording import BadRecording, Recording, write_recording
from tests.support.recordings import btc_recording, simulated_recording, small_recording

HEAD = "trade_id,price,quantity,time_ms,is_buyer_maker\n"


@pytest.mark.parametrize("name", ["trades.csv", "trades.csv.gz"])
def test_what_was_recorded_is_read_again(tmp_path: Path, name: str) -> None:
    trades = list(islice(simulated_trades(ASSETS["SOL"], seed=5, trades_per_s=10), 300))
    assert write_recording(tmp_path / name, trades) == 300
    recording = Recording.scan(tmp_path / name)
    assert list(recording.rows()) == trades
    assert list(recording.rows(290)) == trades[290:]
    assert recording.trades == 300


def test_the_same_seed_records_the_same_file(tmp_path: Path) -> None:
    first = simulated_recording(tmp_path / "first.csv", trades=100, seed=9)
    second = simulated_recording(tmp_path / "second.csv", trades=100, seed=9)
    assert first.read_bytes() == second.read_bytes()


def test_the_digest_is_of_the_trades_whatever_the_file(tmp_path: Path) -> None:
    plain = simulated_recording(tmp_path / "trades.csv", trades=100)
    packed = tmp_path / "trades.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert Recording.scan(plain).digest == Recording.scan(packed).digest
    other = simulated_recording(tmp_path / "other.csv", trades=99)
    assert Recording.scan(other).digest != Recording.scan(plain).digest


def test_the_recording_of_the_tests_holds_what_it_says(tmp_path: Path) -> None:
    recording = Recording.scan(btc_recording(tmp_path))
    assert recording.trades == 1400
    assert recording.trade_id_max - recording.trade_id_min == 1399


def test_the_range_of_ids_and_times_is_found_in_any_order(tmp_path: Path) -> None:
    path = small_recording(tmp_path / "t.csv", (12, "1.00", 5000), (10, "1.00", 7000), (11, "1.00", 6000))
    recording = Recording.scan(path)
    assert (recording.trade_id_min, recording.trade_id_max) == (10, 12)
    assert (recording.first_time_ms, recording.time_ms_max) == (5000, 7000)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must begin with the line"),
        ("price,time\n1,2\n", "must begin with the line"),
        (HEAD, "holds no trades"),
        (HEAD + "1,100.00,1,1000,true\n2,100.00001,1,1000,true\n", "line 3: .* more than 4 decimals"),
        (HEAD + "1,0,1,1000,true\n", "line 2: the price 0"),
        (HEAD + "1,14000000,1,1000,true\n", "line 2: the price 14000000"),
        (HEAD + "x,100,1,1000,true\n", "line 2"),
        (HEAD + "1,100,1,1000,maybe\n", "line 2: is_buyer_maker is true or false"),
        (HEAD + "1,100,1\n", "line 2"),
        (HEAD + "1,100,0,1000,true\n", "line 2: .*quantity"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(BadRecording, match=complaint):
        Recording.scan(path)


def test_a_missing_file_and_a_broken_archive_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="No such file"):
        Recording.scan(tmp_path / "none.csv")
    whole = simulated_recording(tmp_path / "whole.csv.gz", trades=200).read_bytes()
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadRecording, match=r"cut\.csv\.gz"):
        Recording.scan(tmp_path / "cut.csv.gz")
