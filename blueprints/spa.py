"""The page: the built SPA, and its index for every path that is the SPA's own."""

import mimetypes
from pathlib import Path
from typing import NoReturn

from apiflask import APIBlueprint
from flask import Response, abort, current_app, request, send_from_directory
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.security import safe_join

bp = APIBlueprint("spa", __name__, enable_openapi=False)

DIST = Path(__file__).resolve().parent.parent / "frontend" / "dist"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_A_YEAR_S = 31_536_000


@bp.route("/api/<path:path>", methods=METHODS)
def no_such_route(path: str) -> NoReturn:
    """Where no route of the API is: 404, or 405 when only the method is wrong."""
    routes = current_app.create_url_adapter(request)
    assert routes is not None
    allowed = [method for method in METHODS if routes.match(method=method)[0] != request.endpoint]
    if allowed:
        raise MethodNotAllowed(allowed)
    abort(404, "There is no such route")


@bp.get("/api/v2/docs")
def docs() -> Response:
    """The page that tries the API out."""
    return _html("docs.html")


@bp.get("/")
@bp.get("/<path:path>")
def page(path: str = "") -> Response:
    """A file of the build, or the index: the SPA's router knows the rest."""
    if _is_built(path):
        response = _sent(path)
        if path.startswith("assets/"):
            # Names hold a digest of the content.
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable"
        return response
    return _html("index.html")


def _html(name: str) -> Response:
    if not (DIST / name).is_file():
        abort(404, "The page is not built: `make run` builds it")
    response = _sent(name)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _sent(name: str) -> Response:
    """The file, packed where the build has it so and the browser takes that: a third of the bytes."""
    packed = f"{name}.gz"
    if request.accept_encodings.quality("gzip") > 0 and _is_built(packed):
        kind, _ = mimetypes.guess_type(name)
        response = send_from_directory(DIST, packed, mimetype=kind or "application/octet-stream")
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = send_from_directory(DIST, name)
    response.vary.add("Accept-Encoding")
    return response


def _is_built(path: str) -> bool:
    """Whether a file of the build lies there; what leads out of it is none, whatever lies there."""
    file = safe_join(str(DIST), path)
    try:
        return file is not None and Path(file).is_file()
    except OSError:
        # Longer than a file's name can be.
        return False
