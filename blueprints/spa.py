"""The page: the built SPA, and its index for every path that is the SPA's own."""

from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, abort, send_from_directory

bp = APIBlueprint("spa", __name__, enable_openapi=False)

DIST = Path(__file__).resolve().parent.parent / "frontend" / "dist"
_A_YEAR_S = 31_536_000


@bp.get("/")
@bp.get("/<path:path>")
def page(path: str = "") -> Response:
    """A file of the build, or the index: the SPA's router knows the rest."""
    if path.startswith("api/"):
        abort(404, "There is no such route")
    if path and (DIST / path).is_file():
        response = send_from_directory(DIST, path)
        if path.startswith("assets/"):
            # Names hold a digest of the content.
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable"
        return response
    if not (DIST / "index.html").is_file():
        abort(404, "The page is not built: run `make build`")
    response = send_from_directory(DIST, "index.html")
    response.headers["Cache-Control"] = "no-cache"
    return response
