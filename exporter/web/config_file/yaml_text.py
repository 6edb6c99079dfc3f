"""YAML as Go's strict decoder reads it into strings: no key twice, scalars as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.constructor import ConstructorError

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

_NULLS = ("", "~", "null", "Null", "NULL")


class _Loader(yaml.BaseLoader):
    """`X-XSS-Protection: 1` is the text 1, and a plain null is None."""

    def construct_scalar(self, node: Node) -> str | None:  # type: ignore[override]  # typed too narrowly
        if isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NULLS:
            return None
        return str(super().construct_scalar(node))  # type: ignore[arg-type]  # raises for others

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002  PyYAML's own signature
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ConstructorError(None, None, "a key is no text", key.start_mark)
            if key.value in seen:
                raise ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse(text: str) -> object:
    """The document; ValueError with the line and what is wrong with it."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # nosec B506  # a BaseLoader makes texts and nothing else
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ValueError(f"{line}{problem}") from error
