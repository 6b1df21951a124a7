"""Whether a description may name its models in more ways than by its definitions.

Knows what bravado takes for a model's name. Where a description has none of these, its definitions are all the models
that there are, and nobody need search for more.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.jsontypes import as_object

MARKER = "x-model"
"""By which a schema names itself for bravado."""


def may_name_models(document: Mapping[str, object]) -> bool:
    """Tell whether a schema may give itself a name, or a definition is another's second name.

    Examples
    --------
    >>> may_name_models({"definitions": {"A": {"type": "object"}}})
    False
    >>> may_name_models({"definitions": {"A": {"type": "object", "title": "B"}}})
    True
    """
    definitions = map(as_object, as_object(document.get("definitions")).values())
    if any("$ref" in schema for schema in definitions):
        return True
    stack: list[object] = [part for key, part in document.items() if key != "info"]  # its title is no schema's
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            # a property that is *named* title has a schema for a value
            if MARKER in node or isinstance(node.get("title"), str):
                return True
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return False
