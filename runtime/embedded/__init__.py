"""Servers from Python wheels, for `make run` and the tests on a machine that has none.

Each server knows how to prepare its folder, what to run, and when it answers; who runs it (the supervisor,
or the tests) is not its concern.
"""
