"""The page's benchmark runs. Its numbers are too small to judge speed; what is right must be right."""

from bench.page import LIMITS
from tests.support.benches import quick_figures


def test_a_quick_run_shows_nothing_but_what_was_traded() -> None:
    figures = quick_figures("bench.page")

    assert figures.keys() >= LIMITS.names
    assert figures["unequal"] == figures["shown_unknown"] == 0, figures
    assert figures["js_kb"] <= LIMITS.most["js_kb"]
    positive = ("first_price_ms", "bare_ms", "js_chart_kb", "fps", "fps_quiet", "shown_p50_ms", "heap_mb")
    assert all(figures[name] > 0 for name in positive), figures
