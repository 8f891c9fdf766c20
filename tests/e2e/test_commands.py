"""An operator's commands on a desk that `make run` started and that trades on."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.running_desk import running_desk

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60


def shell(script: str, data: Path) -> subprocess.CompletedProcess[str]:
    """What somebody types in the checkout."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=ROOT,
        env={"PATH": path, "DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def test_the_books_of_a_running_desk_are_verified_and_replayed(tmp_path: Path) -> None:
    with running_desk(tmp_path, MARKET_FEED="simulated") as desk:
        credentials = {"email": "trader@example.com", "password": "a long enough password"}
        token = desk.post("/user/signup", credentials)["token"]
        asked = {"asset": "BTC", "type": "buy", "margin": 100, "leverage": 10, "trailingDistance": 500}
        order = desk.post("/trade/open", asked, token)["order"]
        desk.post("/trade/open", asked, token)
        desk.post("/trade/close", {"orderId": order["orderId"]}, token)
        data = tmp_path / "data"

        reach = 'eval "$(python -m runtime.reach)"'
        verified = shell(f"{reach}; flask orders verify", data)
        replayed = shell(f"{reach}; flask orders replay trader@example.com", data)

    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.endswith("verify: clean\n")
    assert "in Redis 1 accounts" in verified.stdout
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert f"closed long BTC {order['orderId']} by hand at " in replayed.stdout


def test_without_a_desk_it_says_so(tmp_path: Path) -> None:
    told = shell("python -m runtime.reach", tmp_path)
    assert told.returncode == 1
    assert f"no desk runs from {tmp_path}" in told.stderr
