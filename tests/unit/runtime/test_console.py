"""One log: whole lines, prefixed, and never a writer that waits for its reader."""

import io
import os
import re
import threading

from runtime.console import Console, LineBuffer


def test_lines_are_prefixed_and_aligned() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.align(["web", "journal"])
    console.line("web", "hello")
    console.line("journal", "there")
    console.close()
    assert stream.getvalue() == "web     | hello\njournal | there\n"


def test_a_reader_who_stands_still_blocks_nobody() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream:
        console = Console(stream)
        done = threading.Event()

        def talk() -> None:
            for number in range(30_000):
                console.line("web", f"{number} {'x' * 50}")
            done.set()

        threading.Thread(target=talk, daemon=True).start()
        assert done.wait(10)
        # The reader wakes up: what was kept arrives, and a word about what wasn't.
        with os.fdopen(read, "rb") as reader:
            received: list[bytes] = []
            drain = threading.Thread(target=lambda: received.extend(reader))
            drain.start()
            console.close(limit_s=10)
            stream.close()
            drain.join(10)
    text = b"".join(received).decode()
    assert "web | 0 x" in text
    assert re.search(r"^desk \| \d+ lines dropped", text, re.M)


def test_a_reader_who_left_is_no_error() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError

    console = Console(Closed())
    for _ in range(3):
        console.line("web", "anybody?")
    console.close(limit_s=5)
    assert not any(thread.name == "console" and thread.is_alive() for thread in threading.enumerate())


def test_bytes_become_lines_whatever_their_chunks() -> None:
    lines = LineBuffer()
    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed(b"o\r\nthree") == ["two"]
    assert lines.end() == ["three"]
    assert lines.end() == []


def test_an_endless_line_is_cut_and_bad_bytes_are_shown() -> None:
    lines = LineBuffer()
    (cut,) = lines.feed(b"\xff" + b"x" * 100_000)
    assert cut.startswith("\N{REPLACEMENT CHARACTER}xxx")
