"""Speaks to a running mock: what was called, what goes wrong next, what time it is."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from .matching import Match, shortened, value_at

# Nearest calls that a message names.
_NEAR_MISSES = 3


class MockError(Exception):
    """The mock refused what it was asked for; the message is its own."""


@dataclass(frozen=True)
class Call:
    """A call that the mock saw, without its secrets."""

    number: int
    name: str | None
    method: str
    path: str
    # 0 where the connection was dropped instead of an answer.
    status: int
    session: str | None
    body: Any
    # Why the mock refused it.
    note: str | None
    # Milliseconds on the mock's clock since its start.
    time_ms: int
    entry: dict[str, Any]

    @property
    def text(self) -> str | None:
        """What is to be spoken, at either vendor."""
        value = value_at(self.entry, "text")
        return value if isinstance(value, str) else None

    @staticmethod
    def of(entry: dict[str, Any]) -> Call:
        return Call(
            number=entry["number"], name=entry["call"], method=entry["method"], path=entry["path"],
            status=entry["status"], session=entry["session"], body=entry["body"], note=entry.get("note"),
            time_ms=entry["timeMs"], entry=entry)

    def __str__(self) -> str:
        return f"#{self.number} {self.name or self.method + ' ' + self.path} → {self.status} {shortened(self.body)}"


class Clock:
    """The mock's clock: idle limits, talks and delayed answers go by it."""

    def __init__(self, mock: AvatarMock):
        self._mock = mock

    def advance(
        self, *, milliseconds: float = 0, seconds: float = 0, minutes: float = 0, hours: float = 0
    ) -> float:
        """Moves the time forward.

        :returns: the seconds since the mock's start.
        """
        total = milliseconds + 1000 * (seconds + 60 * (minutes + 60 * hours))
        return self._mock.admin("POST", "clock", {"advanceMs": round(total)})["elapsedMs"] / 1000

    @property
    def elapsed(self) -> float:
        """Seconds since the mock's start."""
        return self._mock.admin("GET", "clock")["elapsedMs"] / 1000


class AvatarMock:
    """A mock of D-ID's and HeyGen's streaming APIs that is running at `url`."""

    def __init__(self, url: str):
        #: Where both vendors answer; `did_url` and `heygen_url` are for code that says which one it means.
        self.url = self.did_url = self.heygen_url = url.rstrip("/")
        self.clock = Clock(self)
        # A proxy of the environment has no business between two programs of this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def admin(self, method: str, path: str, body: Any = None, timeout: float = 30) -> Any:
        """A request of the control surface, `/__admin/…` (docs/mock.md).

        :raises MockError: with the mock's own words where it refuses.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/__admin/{path}", method=method, data=data, headers={"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")
            raise MockError(f"{method} {path}: {error.code} {words}") from None

    # What was called

    def calls(self, call: str = "*", **expectations: Any) -> list[Call]:
        """The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`."""
        match = Match(call, expectations)
        return [Call.of(entry) for entry in self._journal() if not match.obstacles(entry)]

    def wait_for(self, call: str, *, count: int = 1, timeout: float = 10, **expectations: Any) -> Call:
        """Waits until as many calls match.

        :param expectations: `text`, `session`, `status`, `path`, `note` or `body`, alone or with `__contains` or `__pattern`
            behind it; `body` also as a dictionary of paths, as `{"script.input": contains("Hello")}`.
        :returns: the last of them.
        :raises AssertionError: when the time is over; the message names the nearest calls.
        """
        match = Match(call, expectations)
        deadline = time.monotonic() + timeout
        while True:
            journal = self._journal()
            found = [entry for entry in journal if not match.obstacles(entry)]
            if len(found) >= count:
                return Call.of(found[count - 1])
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    f"{_times(count)} {match}: not within {timeout:g} s, seen {len(found)}{_near_misses(match, journal)}")
            self._await_more(journal, left)

    def verify(self, call: str, *, count: int | None = None, **expectations: Any) -> list[Call]:
        """Asserts that calls match: so many of them, or one at least. `count=0` says that there was none."""
        match = Match(call, expectations)
        journal = self._journal()
        found = [entry for entry in journal if not match.obstacles(entry)]
        if len(found) != count if count is not None else not found:
            wanted = "at least one call of" if count is None else _times(count)
            raise AssertionError(f"{wanted} {match}: seen {len(found)}{_near_misses(match, journal)}")
        return [Call.of(entry) for entry in found]

    def verify_order(self, *calls: str) -> None:
        """Asserts that calls of these names came in this order; others may lie between."""
        seen = [entry["call"] for entry in self._journal() if entry["call"]]
        rest = iter(seen)
        for call in calls:
            if not any(Match(call, {}).obstacles({"call": name}) == [] for name in rest):
                raise AssertionError(f"{' → '.join(calls)}: {call} is missing at its place in {' → '.join(seen) or 'nothing'}")

    def verify_no_open_sessions(self, timeout: float = 5) -> None:
        """Asserts that every session was closed; a close that is on its way has some time to arrive."""
        deadline = time.monotonic() + timeout
        while open_sessions := self.sessions("open"):
            if time.monotonic() > deadline:
                names = ", ".join(f"{session['vendor']} {session['id']} ({session['state']})" for session in open_sessions)
                raise AssertionError(f"{len(open_sessions)} session(s) left open: {names}")
            time.sleep(0.02)

    def sessions(self, state: str | None = None) -> list[dict[str, Any]]:
        """The sessions with state, limits and talks; `state` is `open`, `connected`, `ended` or another of docs/mock.md."""
        query = f"?{urllib.parse.urlencode({'state': state})}" if state else ""
        return self.admin("GET", f"sessions{query}")["sessions"]

    # What happens next

    def fault(self, call: str, **effect: Any) -> None:
        """Makes the next calls go wrong: `error="maxUserSessions"`, `status=429, body=…`, `drop=True`, `delayMs=5000`,
        each with `times`, `skip`, `session`, `takesEffect` (docs/mock.md, "Faults")."""
        self.admin("POST", "faults", {"call": call, **effect})

    def reset(self) -> None:
        """Ends and forgets all sessions, faults and calls."""
        self.admin("POST", "reset", {})

    def _journal(self) -> list[dict[str, Any]]:
        return self.admin("GET", "requests")["requests"]

    def _await_more(self, journal: list[dict[str, Any]], left: float) -> None:
        time.sleep(min(0.02, left))


def _times(count: int) -> str:
    return "one call of" if count == 1 else f"{count} calls of"


def _near_misses(match: Match, journal: list[dict[str, Any]]) -> str:
    """The calls that come closest, the fewest obstacles first."""
    misses = [(match.obstacles(entry), entry) for entry in journal]
    misses = [(obstacles, entry) for obstacles, entry in misses if obstacles]
    if not misses:
        return "; the mock was not called" if not journal else ""
    misses.sort(key=lambda miss: (miss[0][0].startswith("the call is"), len(miss[0]), -miss[1]["number"]))
    lines = [f"\n  {Call.of(entry)}: {', '.join(obstacles)}" for obstacles, entry in misses[:_NEAR_MISSES]]
    return f"; nearest of {len(misses)}:" + "".join(lines)
