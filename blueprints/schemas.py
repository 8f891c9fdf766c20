"""How the OpenAPI document names its schemas: each once, by its class."""

from typing import Any

_REFERENCE = "#/components/schemas/"


def plainly_named(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each schema once, by the name of its class, and without titles.

    APIFlask writes a schema once more for each that holds it (`OpenOrders.Order`, `Opened.Order`), in the
    order of the routes, and pydantic makes titles of names. Asserts that no two schemas of a name differ.
    """
    components = _plain(document["components"])
    schemas: dict[str, Any] = {}
    for name, schema in components["schemas"].items():
        known = schemas.setdefault(_class_name(name), schema)
        assert known == schema, f"two schemas have the name {_class_name(name)}"
    return document | {
        "components": components | {"schemas": dict(sorted(schemas.items()))},
        "paths": _plain(document["paths"]),
    }


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if not _is_title(key, value)}
    if "$ref" in plain:
        plain["$ref"] = _REFERENCE + _class_name(plain["$ref"].removeprefix(_REFERENCE))
    return plain


def _is_title(key: str, value: Any) -> bool:
    """A property may have this name as well: its value is a schema, never text."""
    return key == "title" and isinstance(value, str)


def _class_name(name: str) -> str:
    return name.rpartition(".")[2]
