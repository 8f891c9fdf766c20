"""What a page does to the browser while it runs: frames drawn, tasks that hold them up, memory that stays."""

import statistics
import time
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

# Room for four minutes at 120 frames/s, made at once: counting must not look like a leak.
_FRAMES_MAX = 28_800
_START = f"""
() => {{
  const frames = {{ at: new Float64Array({_FRAMES_MAX}), count: 0, runs: true, longMs: 0 }};
  const next = (now) => {{
    if (!frames.runs || frames.count === {_FRAMES_MAX}) return;
    frames.at[frames.count++] = now;
    requestAnimationFrame(next);
  }};
  requestAnimationFrame(next);
  frames.observer = new PerformanceObserver((list) => {{
    for (const entry of list.getEntries()) frames.longMs += entry.duration - 50;
  }});
  frames.observer.observe({{ type: 'longtask' }});
  window.frames_ = frames;
}}
"""
_STOP = """
() => {
  const frames = window.frames_;
  frames.runs = false;
  frames.observer.disconnect();
  delete window.frames_;
  return { at: Array.from(frames.at.subarray(0, frames.count)), longMs: frames.longMs };
}
"""
_S = 1_000
_BYTES_PER_MB = 1e6


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames in each whole second, and how long tasks held the page up beyond 50 ms each."""

    per_s: tuple[int, ...]
    blocked_ms: float

    @property
    def median(self) -> float:
        """Of the seconds."""
        return statistics.median(self.per_s)

    @property
    def worst(self) -> int:
        """The second with the fewest."""
        return min(self.per_s)


def count_frames(page: Page, seconds: float) -> Frames:
    """Watches the page for so long."""
    page.evaluate(_START)
    time.sleep(seconds)
    told = page.evaluate(_STOP)
    at: list[float] = told["at"]
    assert at, "the page drew no frame at all"
    whole_s = int((at[-1] - at[0]) / _S)
    per_s = [0] * whole_s
    for moment in at:
        if (second := int((moment - at[0]) / _S)) < whole_s:
            per_s[second] += 1
    return Frames(per_s=tuple(per_s), blocked_ms=told["longMs"])


class Heap:
    """The page's JavaScript heap, of what is still used."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("HeapProfiler.enable")

    def used_mb(self) -> float:
        """Right after everything unused has been collected."""
        # What a finalizer lets go is only gone the next time.
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        used: float = self._session.send("Runtime.getHeapUsage")["usedSize"]
        return used / _BYTES_PER_MB
