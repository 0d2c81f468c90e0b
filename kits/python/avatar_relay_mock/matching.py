"""Writes what a test expects of a call as the mock's control surface reads it; the mock itself judges (docs/mock.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What stands behind the two underscores of a keyword.
_OPERATORS = ("equals", "contains", "pattern", "present")
# What a keyword may begin with.
_SUBJECTS = ("text", "session", "status", "path", "note", "method", "body", "headers")


@dataclass(frozen=True)
class Expectation:
    """A value that the mock judges."""

    operator: str
    wanted: Any


def equals(wanted: Any) -> Expectation:
    return Expectation("equals", wanted)


def contains(part: Any) -> Expectation:
    """A text with this text in it, a list with this element, or an object with these members."""
    return Expectation("contains", part)


def pattern(expression: str | re.Pattern[str]) -> Expectation:
    """A text in which this regular expression is found, without lookaround and back references."""
    if isinstance(expression, str):
        return Expectation("pattern", expression)
    if expression.flags & re.VERBOSE:
        raise TypeError("an expression with blanks and comments of its own (re.VERBOSE) is not read; write it without them")
    options = "".join(
        letter for letter, flag in (("i", re.I), ("m", re.M), ("s", re.S)) if expression.flags & flag)
    # Options that stand in the expression are among its flags, too.
    source = re.sub(r"^\(\?[aimsu]+\)", "", expression.pattern)
    return Expectation("pattern", f"(?{options}){source}" if options else source)


def present(is_there: bool = True) -> Expectation:
    """Whether there is a value."""
    return Expectation("present", is_there)


def match(call: str = "*", **expectations: Any) -> dict[str, Any]:
    """A call with conditions, for `verify_order` and for a fault's `where`: `match("did.speak", text="Hi")["where"]`."""
    return match_of(call, expectations)


def match_of(call: str, expectations: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of a call: its name, and any number of conditions by their paths."""
    where: dict[str, Any] = {}
    for keyword, wanted in expectations.items():
        subject, _, operator = keyword.partition("__")
        if subject not in _SUBJECTS or operator and operator not in _OPERATORS:
            raise TypeError(
                f"{keyword}: known are {', '.join(_SUBJECTS)}, each alone or with __{', __'.join(_OPERATORS)}")
        if subject in ("body", "headers") and not operator and isinstance(wanted, Mapping):
            for path, value in wanted.items():
                name = f"[{path!r}]" if subject == "headers" else path if path.startswith("[") else f".{path}"
                where[subject + (name.lower() if subject == "headers" else name)] = _condition(value)
        elif operator == "pattern" and isinstance(wanted, re.Pattern):
            where[subject] = _condition(wanted)
        elif operator:
            where[subject] = {operator: wanted}
        else:
            where[subject] = _condition(wanted)
    return {"call": call, "where": where} if where else {"call": call}


def _condition(wanted: Any) -> dict[str, Any]:
    if isinstance(wanted, re.Pattern):
        wanted = pattern(wanted)
    return {wanted.operator: wanted.wanted} if isinstance(wanted, Expectation) else {"equals": wanted}
