"""Benchmarks: `python -m bench.NAME`; the last line is `key=value` figures."""
