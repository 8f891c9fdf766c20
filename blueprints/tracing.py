"""Gives every request an id, which its answer, its log lines and what it causes carry."""

from flask import Flask, Response, g, request

from runtime.tracing import HEADER, trace_of, traced


def install_tracing(app: Flask) -> None:
    """Names each request of the app."""
    app.before_request(_begin)
    app.after_request(_tell)
    app.teardown_request(_end)


def _begin() -> None:
    trace = trace_of(request.headers.get(HEADER))
    g.traced = traced(trace)
    g.traced.__enter__()
    g.trace = trace


def _tell(response: Response) -> Response:
    response.headers[HEADER] = g.trace
    return response


def _end(_error: BaseException | None) -> None:
    if (open_block := g.pop("traced", None)) is not None:
        open_block.__exit__(None, None, None)
