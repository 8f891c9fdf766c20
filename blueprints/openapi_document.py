"""python -m blueprints.openapi_document: prints the OpenAPI document. No server and no setting is needed."""

import secrets
import sys

import orjson

from app import create_app
from runtime.settings import Settings

# Where nobody listens: nothing connects before the first request.
_NOWHERE = "localhost:1"


def document() -> bytes:
    """The document as JSON."""
    settings = Settings(
        _env_file=None,
        database_url=f"postgresql+psycopg://nobody@{_NOWHERE}/none",
        redis_url=f"redis://{_NOWHERE}/0",
        orders_redis_url=f"redis://{_NOWHERE}/0",
        jwt_secret=secrets.token_hex(32),
    )
    app = create_app(settings)
    with app.app_context():
        return orjson.dumps(app.spec, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main() -> None:
    """Prints it."""
    sys.stdout.buffer.write(document())


if __name__ == "__main__":
    main()
