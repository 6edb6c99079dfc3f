"""What an expression of a Python program says, without executing it; pure.

Only what is written out counts: literals, and texts put together from literals and from names whose
values are known (`+`, `%`, `.format`, f-strings). What is larger than anything that is meant does
not: a few lines can ask for gigabytes.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_TEXT = 4 * 1024
_LARGEST_NUMBER = 2**63
_MOST_PARTS = 10_000
# A width or a precision of four digits, or one that is among the values.
_WIDE_PERCENT = re.compile(r"%(\([^)]*\))?[-+ #0]*(\d{4}|\*|\d*\.(\d{4}|\*))")
_WIDE_BRACES = re.compile(r"\{[^{}]*(\d{4}|\{)")


class NotLiteralError(Exception):
    """The value of an expression is not written out, or is too large to be meant."""


def literal_value(node: ast.expr | None, names: Mapping[str, object]) -> object:
    """The value of an expression, given the values of names; raises NotLiteralError."""
    try:
        return _bounded(_value(node, names))
    except (OverflowError, RecursionError) as error:
        raise NotLiteralError from error


def _bounded(value: object) -> object:
    """The value, unless it is too large; a part counts as often as it occurs."""
    left, waiting = _MOST_PARTS, [value]
    while waiting:
        part = waiting.pop()
        left -= 1
        if left < 0 or (isinstance(part, (str, bytes)) and len(part) > _LONGEST_TEXT):
            raise NotLiteralError
        if isinstance(part, (int, float)) and not abs(part) < _LARGEST_NUMBER:
            raise NotLiteralError
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
    return value


def _value(node: ast.expr | None, names: Mapping[str, object]) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return _value(value, names)
        case ast.Tuple() | ast.List() | ast.Dict():
            return _collection(node, names)
        case ast.BinOp(op=ast.Mult()) | ast.UnaryOp():
            return _calculated(node, names)
    return _bounded(_composed(node, names))


def _collection(
    node: ast.Tuple | ast.List | ast.Dict, names: Mapping[str, object]
) -> tuple[object, ...] | list[object] | dict[str, object]:
    match node:
        case ast.Tuple(elts=elements):
            return tuple(_value(element, names) for element in elements)
        case ast.List(elts=elements):
            return [_value(element, names) for element in elements]
        case ast.Dict(keys=keys, values=values):
            # A key that is None stands for the `**` of another mapping.
            pairs = zip(keys, values, strict=True)
            return {_text(key, names): _value(value, names) for key, value in pairs}


def _calculated(node: ast.BinOp | ast.UnaryOp, names: Mapping[str, object]) -> float:
    """A duration such as `12 * 3600`, or a negative number."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _number(left, names) * _number(right, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, names)
    raise NotLiteralError


def _composed(node: ast.expr | None, names: Mapping[str, object]) -> str:
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, names) + _text(right, names)
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            template = _template(_text(left, names), "%%", _WIDE_PERCENT)
            return _filled(template.__mod__, _value(right, names))
        case ast.Call(func=ast.Attribute(value=left, attr="format"), args=args, keywords=[]):
            template = _template(_text(left, names), "{{", _WIDE_BRACES)
            return _filled(template.format, *(_value(arg, names) for arg in args))
        case ast.JoinedStr(values=parts):
            return "".join(_shown(_value(part, names)) for part in parts)
    raise NotLiteralError


def _text(node: ast.expr | None, names: Mapping[str, object]) -> str:
    value = _value(node, names)
    if not isinstance(value, str):
        raise NotLiteralError
    return value


def _number(node: ast.expr, names: Mapping[str, object]) -> float:
    value = _value(node, names)
    if not isinstance(value, (int, float)):
        raise NotLiteralError
    return value


def _template(text: str, escaped: str, wide: re.Pattern[str]) -> str:
    """The text, unless it may become longer than what it is filled with."""
    if wide.search(text.replace(escaped, "")):
        raise NotLiteralError
    return text


def _shown(value: object) -> str:
    return str(_bounded(value))


def _filled(template: Callable[..., str], *values: object) -> str:
    try:
        return template(*values)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise NotLiteralError from error
