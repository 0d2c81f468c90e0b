"""Decides whether a call is one that a test means, and says what stands in the way where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# What stands behind the two underscores of a keyword.
_OPERATORS = ("equals", "contains", "pattern")
# What a keyword may begin with; the rest of a call is reached by `body`.
_SUBJECTS = ("text", "session", "status", "path", "note", "body")
_MISSING = object()


@dataclass(frozen=True)
class Expectation:
    """A value that is judged by a test, with words for it."""

    words: str
    holds: Callable[[Any], bool]


def equals(wanted: Any) -> Expectation:
    return Expectation(f"is {wanted!r}", lambda value: value == wanted)


def contains(part: Any) -> Expectation:
    """A text with this text in it, or a list with this element."""
    return Expectation(
        f"contains {part!r}", lambda value: isinstance(value, (str, list)) and _is_in(part, value))


def pattern(expression: str) -> Expectation:
    """A text in which this regular expression is found."""
    compiled = re.compile(expression)
    return Expectation(
        f"has the pattern {expression!r}", lambda value: isinstance(value, str) and bool(compiled.search(value)))


def _is_in(part: Any, value: Any) -> bool:
    return part in value if not isinstance(value, str) or isinstance(part, str) else False


class Match:
    """What is asked of a call: its name, and any number of expectations."""

    def __init__(self, call: str, expectations: Mapping[str, Any]):
        self.call = call
        self.expectations = list(_read(expectations))

    def obstacles(self, entry: Mapping[str, Any]) -> list[str]:
        """What keeps an entry of the journal from being meant; nothing where it is."""
        if self.call.endswith("*"):
            if not (entry.get("call") or "").startswith(self.call[:-1]):
                return [f"the call is {entry.get('call')}"]
        elif entry.get("call") != self.call:
            return [f"the call is {entry.get('call')}"]
        found = []
        for path, expectation in self.expectations:
            value = value_at(entry, path)
            if value is _MISSING:
                found.append(f"{path} is not there")
            elif not expectation.holds(value):
                found.append(f"{path} is {shortened(value)}")
        return found

    def __str__(self) -> str:
        return " and ".join([self.call, *(f"{path} {expectation.words}" for path, expectation in self.expectations)])


def _read(expectations: Mapping[str, Any]) -> Iterator[tuple[str, Expectation]]:
    for keyword, wanted in expectations.items():
        subject, _, operator = keyword.partition("__")
        if subject not in _SUBJECTS or operator and operator not in _OPERATORS:
            raise TypeError(
                f"{keyword}: known are {', '.join(_SUBJECTS)}, each alone or with __{', __'.join(_OPERATORS)}")
        if subject == "body" and not operator and isinstance(wanted, Mapping):
            for path, value in wanted.items():
                yield f"body.{path}", value if isinstance(value, Expectation) else equals(value)
        elif operator in ("", "equals"):
            yield subject, wanted if isinstance(wanted, Expectation) else equals(wanted)
        else:
            yield subject, contains(wanted) if operator == "contains" else pattern(wanted)


def value_at(entry: Mapping[str, Any], path: str) -> Any:
    """The value of a path as `body.script.input` or `body.items[0]`; `text` is what is to be spoken, at either vendor."""
    if path == "text":
        spoken = value_at(entry, "body.script.input")
        return value_at(entry, "body.text") if spoken is _MISSING else spoken
    value: Any = entry
    for name in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.lstrip("-").isdigit() and -len(value) <= int(name) < len(value):
            value = value[int(name)]
        else:
            return _MISSING
    return value


def shortened(value: Any, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"
